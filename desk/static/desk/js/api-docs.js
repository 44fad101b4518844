// The browsable API description (/api/docs/): Swagger UI from our own host, told where the schema is.
"use strict";

const place = document.getElementById("api-docs");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  // Swagger's own validator badge would ask a server on the internet.
  validatorUrl: null,
});
