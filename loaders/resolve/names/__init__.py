"""Text of registers in the form in which it is compared: firm names in parts, people, addresses, telephones.

* `folding.folded`: one writing for all ways to write a text; everything below starts from it.
* `firms.firm_names`: region, brand, trade, legal form and branch of a firm's name.
* `people.person_names`, `contacts.addresses`, `contacts.phones`, `pinyin.pinyin`.

Every function takes and gives whole Arrow string columns, row by row: a row's form depends on that row alone.
"""
