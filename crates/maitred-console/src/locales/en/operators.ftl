operators-no-more = There are no more operators.
operator-add = Add operator
operator-new = New operator
operator-name = Name
operator-max-load = Most contacts at once
operator-max-load-hint = Lowering it takes nothing away. Raising it gives contacts that wait.
operator-delete = Delete
operator-delete-ask = Delete { $it }?
operator-delete-means = { $n ->
    [0] There is no contact in these hands now. The history keeps the name.
    [one] The { $n } contact in these hands is routed again. The history keeps the name.
   *[other] The { $n } contacts in these hands are routed again. The history keeps the name.
}
operator-delete-yes = Yes, delete
