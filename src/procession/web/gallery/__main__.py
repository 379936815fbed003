"""`python -m procession.web.gallery` shows the gallery on http://127.0.0.1:8010/dev/ui."""

import uvicorn

from procession.web.gallery import application

uvicorn.run(application(), host="127.0.0.1", port=8010, log_level="warning")
