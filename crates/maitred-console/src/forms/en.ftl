# Shown at a field whose value is not valid: what would be valid.
save = Save
cancel = Cancel
rule-name = Enter a name of 1 to 100 characters.
rule-max-load = Enter a whole number from 0 to 1,000,000.
rule-weight = Enter a whole number from 0 to 1,000,000,000, or leave this empty.
rule-weights = Give at least one operator a weight.
rule-description = Enter at most 500 characters.
rule-region = Enter the two-letter code of a country, such as RU, or leave this empty.
problem-name-taken = Another source has this name. Choose a different one.
problem-too-many-members = A source can have at most 20,000 operators.
problem-changed-meanwhile = This was changed by somebody else a moment ago. Check the values and save again.
problem-contact-moved = Somebody else has this contact now. Nothing was changed.
problem-offer-over = This offer is over: its time has passed, or somebody else has the contact. Nothing was changed.
problem-not-scheduled = Choose a time as well: an operator can be wanted for a time to come only.
problem-not-offered = The contact has been accepted already. Nothing was changed.
form-changed = Changed to “{ $it }” by somebody else meanwhile. Save again to keep your value.
