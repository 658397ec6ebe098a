# Logging in, the account page, users and API keys.
login-title = Log in
login-name = Username
login-password = Password
login-do = Log in
login-wrong = Incorrect username or password.
login-too-often = { $n ->
    [one] Too many attempts. Try again in { $n } second.
   *[other] Too many attempts. Try again in { $n } seconds.
}
login-forgotten = Forgot your password? An admin can set a new one.
login-nobody = There are no users yet. Open the link that the server prints in its terminal when it starts, or run there:
logout = Log out
account = Your account
account-password = Change password
account-now = Current password
account-new = New password
account-change = Change password
account-change-means = All your other sessions will end.
account-notifications = How you are notified
account-sessions = Active sessions
account-sessions-about = { $n ->
    [one] Only this browser.
   *[other] { $n } browsers, including this one.
}
account-logout = End all sessions
set-up-title = Welcome
set-up-about = Create the first user: an admin with full access. From then on, every request needs a login or an API key.
set-up-do = Create and log in
set-up-over = This link has been used, has expired or is no longer needed. As long as nobody can log in, the server prints a new link each time it starts.
access-title = Users and API keys
access-people = Users
access-people-about = They log in to this console.
access-people-none = There are no users yet.
access-keys = API keys
access-keys-about = Programs send a key with every request.
access-keys-none = There are no API keys yet.
access-role = Role
access-last-login = Last login
access-last-use = Last used
access-never = never
access-operator = Operator
access-operator-hint = Only for the Operator role: whose contacts to show and handle.
access-source = Source
access-source-hint = Only for the Intake role: the one source that contacts may be submitted for.
access-nobody = None
access-any = Any
role-intake = Intake
role-intake-hint = Submits contacts, nothing else
role-operator = Operator
role-operator-hint = Only their own contacts
role-supervisor = Supervisor
role-supervisor-hint = Everything except users and API keys
role-observer = Observer
role-observer-hint = Sees everything a supervisor sees and changes nothing
role-admin = Admin
role-admin-hint = Full access
rule-role = Choose a role.
rule-role-operator = Choose the operator for this role.
rule-source = Choose an existing source, or “Any”.
rule-password = At least 12 characters that are hard to guess: for example, a few words.
rule-days = Enter a whole number of days from 1 to 3,650, or leave this empty.
user-add = Add user
user-new = New user
user-name-hint = For logging in. Not case-sensitive; other users can see it.
user-name-taken = This username is taken, or was used before. Choose another one.
user-off = disabled
user-is-you = This is you. Only another admin can change your role.
user-password = Password
user-password-set = Set password
user-sessions-about = { $n ->
    [0] None.
    [one] One browser.
   *[other] { $n } browsers.
}
user-disable = Disable
user-enable = Enable
key-add = Create API key
key-new = New API key
key-name = Name
key-name-hint = Which program uses it.
key-begins = Starts with
key-over = expired
key-days = Expires in (days)
key-days-hint = Leave empty if the key should never expire.
key-make = Create key
key-made = API key created
key-made-about = This is the key for { $it }. Copy it now: it will not be shown again.
key-made-done = Done
key-too-many = There are too many API keys. Revoke those that are no longer used.
key-revoke = Revoke
key-revoke-ask = Revoke { $it }?
key-revoke-means = Requests with this key will be rejected from now on. This cannot be undone.
key-revoke-yes = Revoke key
rule-admin-first = There is no admin yet, and afterwards nobody could add one. Choose Admin first.

users-many = Add many operators
users-many-about = Each line adds an operator with a login. Somebody who is an operator already only gets a login.
users-many-list = Operators
users-many-hint = One per line: name, limit. For example: Anna, 10. Without a limit, it is 10. The name is also the username.
users-many-do = Add all
users-made = Operators added
users-made-about = { $n ->
    [one] Copy the password now and pass it on: it will not be shown again.
   *[other] Copy the { $n } passwords now and pass them on: they will not be shown again.
}
users-made-until = It stopped at { $it }: this line and those after it still have to be added.
rule-list = Enter 1 to { $n } lines.
rule-list-line = Line { $line }: { $why }
rule-list-two = Several operators have this name. Rename one, or add the user on their own.
copy = Copy
copied = Copied
copy-selected = Selected: press Ctrl+C
done-user-added = The user has been added.
done-role-changed = The role has been changed.
done-password-set = The password has been set. Sessions with the old one have ended.
done-enabled = The user can log in again.
done-disabled = The user has been disabled and logged out.
done-logged-out = All sessions of the user have ended.
done-key-revoked = The API key has been revoked.
