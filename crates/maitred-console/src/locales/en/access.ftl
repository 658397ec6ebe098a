# Logging in, one's own page, people and keys.
login-title = Log in
login-name = Name
login-password = Password
login-do = Log in
login-wrong = Name or password are not right.
login-too-often = { $n ->
    [one] That was too often. Try again in a second.
   *[other] That was too often. Try again in { $n } seconds.
}
login-forgotten = Password forgotten? An admin can set a new one.
login-nobody = Nobody can log in yet. Open the link that the server shows in its terminal when it starts, or type there:
logout = Log out
account = Your own page
account-password = Change the password
account-now = Password as it is now
account-new = New password
account-change = Change
account-change-means = All other browsers are logged out.
account-sessions = Logged in
account-sessions-about = { $n ->
    [one] In this browser only.
   *[other] In { $n } browsers, this one included.
}
account-logout = Log out everywhere
set-up-title = Welcome
set-up-about = You make the first login, which may do everything. From then on every call needs a login or a key.
set-up-do = Create and log in
set-up-over = This link is used, too old, or not needed any more. The server shows a new one when it starts, as long as nobody can log in.
access-title = People and keys
access-people = People
access-people-about = They log in here.
access-people-none = Nobody can log in yet.
access-keys = Keys
access-keys-about = Programs show them with every call.
access-keys-none = No program has a key.
access-role = Role
access-last-login = Last login
access-last-use = Last used
access-never = never
access-operator = Operator
access-operator-hint = Whose desk it is, for the role operator.
access-source = Source
access-source-hint = The only one it submits for, for the role intake.
access-nobody = Nobody
access-any = Any
role-intake = Intake
role-intake-hint = Submits contacts, nothing else
role-operator = Operator
role-operator-hint = Own desk and own contacts
role-supervisor = Supervisor
role-supervisor-hint = Everything but people and keys
role-admin = Admin
role-admin-hint = Everything
rule-role = Choose a role.
rule-operator = Choose the operator whose desk it is.
rule-source = Choose a source that is there, or any.
rule-password = At least 12 characters, and not easy to guess: a few words, for example.
rule-days = Give a whole number of days from 1 to 3,650, or leave it empty.
user-add = Add somebody
user-new = Somebody new
user-name-hint = What is typed to log in, in any letter case. Others read it too.
user-name-taken = Somebody has this name, or had it. Choose another.
user-off = disabled
user-is-you = This is you. Another admin can change your role.
user-password = Password
user-password-set = Set
user-sessions-about = { $n ->
    [0] In no browser.
    [one] In one browser.
   *[other] In { $n } browsers.
}
user-disable = Disable
user-enable = Enable
key-add = Make a key
key-new = New key
key-name = Name
key-name-hint = Which program has it.
key-begins = Begins with
key-over = expired
key-days = Good for days
key-days-hint = For ever, if left empty.
key-make = Make
key-made = The key
key-made-about = This is the key of { $it }. Copy it now: it is shown this once.
key-made-done = Copied
key-too-many = There are too many keys. Revoke those that nobody uses.
key-revoke = Revoke
key-revoke-ask = Revoke { $it }?
key-revoke-means = The program that has it is refused from then on. This cannot be undone.
key-revoke-yes = Yes, revoke
