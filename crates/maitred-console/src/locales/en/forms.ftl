# What stands at a field that cannot be read: what would be right.
save = Save
cancel = Cancel
rule-name = Give a name of 1 to 100 characters.
rule-max-load = Give a whole number from 0 to 1,000,000.
rule-weight = Give a whole number from 0 to 1,000,000,000, or leave it empty.
rule-weights = Give at least one operator a weight.
rule-description = Give at most 500 characters.
rule-region = Give the two letters of a country, such as RU, or leave it empty.
problem-name-taken = Another source has this name. Choose a different one.
problem-too-many-members = A source can have at most 20,000 operators.
