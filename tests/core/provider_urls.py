"""The portal's addresses where a provider is configured."""

from portal.config.urls import urlpatterns as portal_urlpatterns
from portal.core.accounts.provider_urls import urlpatterns as provider_urlpatterns

urlpatterns = [*portal_urlpatterns, *provider_urlpatterns]
