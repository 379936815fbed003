"""The browser door: pages of HTML that work without JavaScript and get quicker with it.

How to write a page
-------------------
Once, where the application is wired::

    templating.install(app, shell_of=shell_for)      # templates, /static, security headers, same-origin check

`shell_for(request)` returns a `shell.Shell` (navigation, viewer, search, the people of the demo) or None. List only
pages that exist in its `nav`: the sidebar, the `g i` keys and the palette are made from it.

In a handler: read, call an operation, render::

    return render(request, "pages/inbox.html", tasks=tasks)                      # templates lie beside the handlers
    return render(request, "pages/task.html", 422, …)                            # as status_code=422, form with errors
    return render(request, "pages/inbox.html", block="list", tasks=tasks)        # only {% block list %}

In a template: extend a layout, fill its blocks, use macros. No imports: all macros are in `ui`, `icon(name)` draws an
icon, and the filters of `formats` are there (`due`, `time`, `span`, `duration`, `money`, `number`, `percent`, `day`,
`plural`, `markdown`, `file_size`). Names that do not exist are errors::

    {% extends "layouts/base.html" %}
    {% block title %}My tasks{% endblock %}
    {% block content %}{{ ui.task_row(task.title, "/tasks/" ~ task.id, task.case, task.due_at) }}{% endblock %}

Layouts: `base.html` (with sidebar), `guest.html`, `auth.html`, `error.html`; the comment on top of each says its blocks
and context. Macros: the comment on top of `ui/controls.html`, `ui/fields.html`, `ui/lists.html`, `ui/surfaces.html` is
their reference. `python -m procession.web.gallery` shows all of them; whole pages to start from are `gallery/*.html`.

Forms: describe fields with `forms.Field`, draw them with `ui.fields(list)`, read them back with `forms.read`. When a
form is refused, render it again with status 422, `Field.value` as typed, `Field.error` set, `ui.form_errors` on top.

The content security policy forbids inline scripts and `style=`; behaviour is asked for with attributes:

    data-open="ID" · data-close          open and close a <dialog id=ID>
    data-go="g i" · data-key="c"         a key sequence or a key for this link, button or text area (`?` lists them)
    data-row                             a row that j and k walk over;  data-filter: the field that / goes to
    data-autosave="URL"                  a form whose draft is posted there a second after the last key, with the header
                                         X-Draft: 1 (answer 204);  data-saved: where "Draft saved 14:02" stands
    data-submit-key                      the form that Ctrl Enter sends when nothing has the focus
    data-live="/events?topics=a,b"       one stream a page: at an event `changed` the part named by
    data-live-fragment="#list"           data-live-fragment (or the element itself, by id) is fetched again
    data-twin="ID"                       a slider and its number: what is typed into one shows in the other
    data-panzoom, data-rows, data-editor are set by `ui.diagram`, `ui.field` of a table, `ui.yaml_editor`

A toast after an htmx request: the header `HX-Trigger: {"toast": {"text": "Approved"}}`; after a redirect: block
`toasts` with `ui.toast`. An answer that must leave the page (signed out) sends `HX-Redirect`.

Colours come from `tokens.py`; after a change run `python -m procession.web.tokens`. Vendored files are listed in
`tools/vendored.json`. Tests hold the pages to: no accessibility violation, no policy report, no sideways scrolling at
360 px, scripts of at most 60,000 bytes.
"""
