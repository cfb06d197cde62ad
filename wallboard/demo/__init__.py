"""A dispatch server to look at, to test against and to measure with: the contract of docs/dispatch-api.yaml over HTTP.

It runs in a process of its own and shares nothing with the client but the enumerations of the core.
"""
