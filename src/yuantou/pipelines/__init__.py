"""Compositions of engines that the command line and the web application share."""
