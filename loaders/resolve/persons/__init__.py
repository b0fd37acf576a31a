"""Which records are one person: keyed document hashes first, then names with what stands around them.

`documents.keyed` hashes numbers so that typing errors still match; `records.prepare` brings records into one form;
`linking.train_persons` and `linking.link_persons` weigh them. A name alone never makes two records one person.
"""
