"""Addresses of the demo shop, below /shop/."""

from django.urls import path

from config.demo.shop import views

app_name = "shop"
urlpatterns = [
    path("", views.goods, name="goods"),
    path("goods/<slug:slug>/", views.product, name="product"),
    path("goods/<slug:slug>/order/", views.order, name="order"),
    path("goods/<slug:slug>/ordered/", views.ordered, name="ordered"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("log-in/", views.log_in, name="log_in"),
    path("log-out/", views.log_out, name="log_out"),
    path("account/", views.account, name="account"),
]
