# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The configuration of Sphinx for the site of the error codes. Its search works from files, too."""

import os

project = html_title = "Why az acr login fails"
extensions = ["myst_parser"]
html_theme = "furo"  # light and dark; loads nothing from elsewhere
html_baseurl = os.environ.get("ACRLOGIN_SITE_URL", "")
html_copy_source = html_show_sourcelink = html_show_copyright = html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
nitpicky = True
smartquotes = False  # messages stand there as they are searched for
