"""The addresses of the JSON interface."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
