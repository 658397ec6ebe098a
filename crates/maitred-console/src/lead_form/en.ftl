### The form of a source, for people who are no users of this server.

lead-form-title = Leave a request
lead-form-name = Name
lead-form-phone = Phone
lead-form-email = Email
lead-form-message = Message
lead-form-send = Send
lead-form-honeypot = Leave this field empty
lead-form-sent = Thank you!
lead-form-sent-about = We have received your request and will contact you.
lead-form-another = Send another request
lead-form-failed = The request was not sent
lead-form-failed-about = Go back in your browser and send it again in a minute: what you wrote is still there.
