"""Taking a diary out: a day, a week or a range of days as a file that stands by itself.

A week and a range are papers that the server makes: what is billed. A day is its segments. As
``html`` each is an archive with a page, the minutes and every picture in full size.
"""

FORMS = ("text", "csv", "json", "pdf", "html")
SUFFIX = {"text": "txt", "csv": "csv", "json": "json", "pdf": "pdf", "html": "zip"}
