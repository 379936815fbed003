"""Pictures of workflows and processes: values in, SVG, PNG or text out.

`model` holds what is drawn, `flow` and `process_map` draw it, `lists` says the same in words, `png` makes a bitmap.
`flow_of_definition` and `map_of_process` fill the model from a definition. Charts are in `charts`.
"""
