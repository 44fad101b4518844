"""Subject access: what the desk holds about one person, for that person, as a ZIP with HTML, JSON and files (SITE-4).

``parts`` is the registry, ``details``, ``activity``, ``keeping`` and ``deeds`` are what contacts tell; upper apps add
their own from ``AppConfig.ready()``. ``archive`` writes the file, ``handing_out`` says who may have it.
"""
