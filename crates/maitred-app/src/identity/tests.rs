//! Spellings that are one person, and values that are nobody's number.

use super::*;
use proptest::prelude::*;
use rlibphonenumber::PhoneNumberType;
use rstest::rstest;

fn region(text: &str) -> Option<Region> {
    (!text.is_empty()).then(|| text.parse().expect("a region"))
}

fn phone_value(raw: &str, in_region: &str) -> String {
    phone(raw, region(in_region)).value.to_string()
}

fn email_value(raw: &str) -> String {
    email(raw).value.to_string()
}

#[rstest]
#[case("8 999 123-45-67", "RU")]
#[case("8 999 123-45-67", "KZ")]
#[case("+7 (999) 123-45-67", "")]
#[case("+7 (999) 123-45-67", "DE")]
#[case("89991234567", "RU")]
#[case("79991234567", "RU")]
#[case("9991234567", "RU")]
#[case("+7 8 999 123 45 67", "")]
#[case("tel:+7-999-123-45-67", "")]
#[case("tel:999-123-45-67;phone-context=+7", "")]
#[case("007 999 123 45 67", "DE")]
#[case("011 7 999 123 45 67", "US")]
#[case("８９９９１２３４５６７", "RU")]
#[case("＋7 999 123 45 67", "")]
#[case("\u{202a}+7 999 123-45-67\u{202c}", "")]
#[case("\u{a0}+7\u{a0}999 123–45–67 ", "")]
fn one_person_in_many_spellings_is_one_phone(#[case] raw: &str, #[case] in_region: &str) {
    assert_eq!(phone_value(raw, in_region), "+79991234567");
}

#[rstest]
#[case("(202) 555-0173", "US", "+12025550173")]
#[case("1-800-FLOWERS", "US", "+18003569377")]
#[case("030 901820", "DE", "+4930901820")]
#[case("0049 30 901820", "FR", "+4930901820")]
#[case("810 49 30 901820", "RU", "+4930901820")]
#[case("06 6982", "IT", "+39066982")]
#[case("+39 06 6982", "RU", "+39066982")]
#[case("011 15-2345-6789", "AR", "+5491123456789")]
#[case("٠٩١٢٣٤٥٦٧٨٩", "IR", "+989123456789")]
#[case("+800 1234 5678", "", "+80012345678")]
fn a_phone_is_read_in_its_region(#[case] raw: &str, #[case] in_region: &str, #[case] expected: &str) {
    assert_eq!(phone_value(raw, in_region), expected);
}

#[rstest]
#[case("8 495 123-45-67 доб. 101")]
#[case("+7 495 123 45 67 ext. 101")]
#[case("tel:+7-495-123-45-67;ext=101")]
#[case("+74951234567;ext=１０１")]
fn an_extension_is_part_of_the_phone(#[case] raw: &str) {
    assert_eq!(phone_value(raw, "RU"), "+74951234567;ext=101");
}

#[test]
fn an_extension_of_many_digits_is_no_second_number() {
    assert_eq!(phone_value("+49880088;ext=201000", "DE"), "+49880088;ext=201000");
}

#[rstest]
#[case::no_region("8 999 123-45-67", "")]
#[case::no_such_country("+0 123 456", "RU")]
#[case::too_long("99912345678901234", "RU")]
#[case::too_short("112", "RU")]
#[case::only_within_a_town("253-0000", "US")]
#[case::no_digits("ask the secretary", "RU")]
#[case::a_service_code("*100#", "RU")]
#[case::reads_differently_each_time("+49 0 0 75711", "")]
#[case::the_library_would_panic("123;phone-context=a.b;tel:1", "RU")]
fn an_unparsable_phone_is_kept_as_sent(#[case] raw: &str, #[case] in_region: &str) {
    assert_eq!(phone_value(&format!(" {raw}\t"), in_region), raw);
}

#[rstest]
#[case("Ivan@ПОЧТА.рф", "ivan@xn--80a1acny.xn--p1ai")]
#[case("ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai")]
#[case(" Ivan.Petrov+shop@Example.COM ", "ivan.petrov+shop@example.com")]
#[case("Иван@почта.рф", "иван@xn--80a1acny.xn--p1ai")]
#[case("ivan@почта。рф", "ivan@xn--80a1acny.xn--p1ai")]
#[case("\"Ivan P\"@Example.com", "\"ivan p\"@example.com")]
#[case("Иван Петров <Ivan@Example.com>", "ivan@example.com")]
#[case("<Ivan@Example.com>", "ivan@example.com")]
#[case("ivan@localhost", "ivan@localhost")]
#[case("ivan@bücher.example", "ivan@xn--bcher-kva.example")]
fn an_email_is_lower_case_with_an_ascii_domain(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(email_value(raw), expected);
}

#[rstest]
#[case("Not An Email", "not an email")]
#[case("Ivan@", "ivan@")]
#[case("@Example.com", "@example.com")]
#[case("Ivan@Exa mple.com", "ivan@exa mple.com")]
#[case("Ivan..P@Example.com", "ivan..p@example.com")]
#[case("Ivan@Example..com", "ivan@example..com")]
fn an_unparsable_email_is_compared_in_lower_case(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(email_value(&format!(" {raw} ")), expected);
}

/// What stands around a text may hide that there are several addresses in it.
#[rstest]
#[case("(AN@ПI-9 06 @773")]
#[case("(A@B C @D.ru")]
#[case("((Ivan@Example.com, ivan @ home")]
fn an_email_that_is_read_again_is_the_same(#[case] raw: &str) {
    let known = email_value(raw);
    assert_eq!(email_value(&known), known);
}

#[test]
fn an_external_id_keeps_its_case_and_inner_space() {
    assert_eq!(&*external_id(" TG 42-a ").value, "TG 42-a");
}

#[test]
fn identities_come_in_matching_order() {
    let given = Given { email: Some("A@B.ru"), phone: Some("8 999 123-45-67"), external_id: Some("tg42") };
    let identities = collect(given, region("RU")).expect("all valid").identities;
    let all: Vec<_> = identities.iter().map(|i| (i.kind.as_str(), &*i.value)).collect();
    assert_eq!(all, [("external_id", "tg42"), ("phone", "+79991234567"), ("email", "a@b.ru")]);
}

#[test]
fn nothing_given_is_an_empty_list() {
    assert_eq!(collect(Given::default(), None), Ok(Collected::default()));
}

#[test]
fn all_wrong_values_are_reported_at_once() {
    let long = "5".repeat(limits::IDENTITY_CHARS_MAX + 1);
    let given = Given { external_id: Some(" "), phone: Some(&long), email: Some("a\u{0}@b.ru") };
    let errors = collect(given, None).expect_err("all three are wrong");
    let kinds: Vec<_> = errors.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, IdentityKind::ALL);
    assert!(errors[0].1.0.contains("empty"), "{}", errors[0].1);
    assert!(errors[1].1.0.contains("at most 254"), "{}", errors[1].1);
    assert!(errors[2].1.0.contains("control character"), "{}", errors[2].1);
}

#[rstest]
#[case(phone("+7 999 123-45-67", None), "+7***4567")]
#[case(phone("+7 495 123-45-67 ext 101", None), "+7***4567")]
#[case(phone("+290 22345", None), "+2***45")]
#[case(phone("8 999 123-45-67", None), "8***")]
#[case(phone("дед", None), "д***")]
#[case(email("Ivan.Petrov@host.ru"), "i***@host.ru")]
#[case(email("not an email"), "n***")]
#[case(email("mine@home or 8 999 123-45-67"), "m***")]
#[case(external_id("tg42"), "t***")]
#[case(external_id("ivan@host.ru"), "i***")]
fn a_mask_shows_little(#[case] identity: Identity, #[case] expected: &str) {
    assert_eq!(mask(&identity), expected);
}

#[rstest]
#[case("RU", "RU")]
#[case(" de ", "DE")]
#[case("Xk", "XK")]
fn a_region_is_two_letters_in_either_case(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(Region::try_from(raw).map(|r| r.to_string()), Ok(expected.to_owned()));
}

#[rstest]
#[case("RUS", "\"RUS\" is not a two-letter region such as RU or DE")]
#[case("", "\"\" is not a two-letter region such as RU or DE")]
#[case("001", "\"001\" is not a two-letter region such as RU or DE")]
#[case("я", "\"я\" is not a two-letter region such as RU or DE")]
#[case("UK", "\"UK\" is not a two-letter region; the United Kingdom is GB")]
#[case("ZZ", "\"ZZ\" is not a region that the phone tables know; give one of ISO 3166-1 such as RU or DE")]
fn an_unknown_region_is_refused_with_advice(#[case] raw: &str, #[case] message: &str) {
    assert_eq!(Region::try_from(raw), Err(Invalid(message.to_owned())));
}

fn collected_of(raw: &str, kind: IdentityKind) -> Collected {
    let mut given = Given::default();
    let field = match kind {
        IdentityKind::ExternalId => &mut given.external_id,
        IdentityKind::Phone => &mut given.phone,
        IdentityKind::Email => &mut given.email,
    };
    *field = Some(raw);
    collect(given, region("RU")).expect("it may be sent")
}

#[rstest]
fn a_phone_that_anybody_may_have_identifies_nobody(
    #[values(
        "-",
        "--",
        ".",
        "нет",
        "0000000000",
        "+7 000 000-00-00",
        "8 000 000 00 00",
        "+79999999999",
        "1111111",
        "123",
        "112",
        "+7 (___) ___-__-__",
        "+7 (999) 123-4_-__",
        "+7 (xxx) xxx-xx-xx",
        "+7 999 ***-**-67",
        "7.99912E+10",
        "1.20333E+15",
        "7,99912E+10",
        "########",
        "#N/A",
        "null",
        "undefined",
        "{{contact.phone}}",
        "${phone}",
        "anonymous",
        "Скрыт",
        "скрытый номер",
        "Private Number",
        "266696687",
        "+266696687",
        "+7378742833",
        "86282452253",
        "unknown",
        "n/a"
    )]
    raw: &str,
) {
    let collected = collected_of(raw, IdentityKind::Phone);
    assert_eq!(collected.identities, [], "{raw}");
    assert_eq!(collected.unusable, [Identity::new(IdentityKind::Phone, raw)]);
}

#[rstest]
fn an_email_that_anybody_may_have_identifies_nobody(
    #[values(
        "-",
        "нет",
        "none",
        "@",
        "ivan@",
        "@example.com",
        "no email",
        "x@y.invalid",
        "anonymous@anonymous.invalid",
        "test@test.com",
        "Test@Test.ru",
        "none@none.com",
        "null@null",
        "no@no.no",
        "{{contact.email}}",
        "example@example.com"
    )]
    raw: &str,
) {
    assert_eq!(collected_of(raw, IdentityKind::Email).identities, [], "{raw}");
}

#[rstest]
fn an_id_that_stands_for_none_identifies_nobody(
    #[values(
        "null",
        "NULL",
        "undefined",
        "none",
        "nil",
        "NaN",
        "0",
        "000",
        "-1",
        "-",
        "{{contact.id}}",
        "{user_id}",
        "%user_id%",
        "${id}",
        "<id>",
        "[id]",
        "00000000-0000-0000-0000-000000000000",
        "[object Object]",
        "tg:null",
        "tg:undefined",
        "tg:",
        "1.20333E+15",
        "#N/A",
        "неизвестно",
        "аноним",
        "\u{200b}-",
        "None",
        "(none)",
        "<null>"
    )]
    raw: &str,
) {
    assert_eq!(collected_of(raw, IdentityKind::ExternalId).identities, [], "{raw}");
}

#[rstest]
#[case(IdentityKind::ExternalId, "tg:@anna")]
#[case(IdentityKind::ExternalId, "12E4")]
#[case(IdentityKind::ExternalId, "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}")]
#[case(IdentityKind::ExternalId, "10")]
#[case(IdentityKind::ExternalId, "-100")]
#[case(IdentityKind::ExternalId, "Nadia")]
#[case(IdentityKind::Phone, "+7 977 777-77-77")]
#[case(IdentityKind::Phone, "12-34-56")]
#[case(IdentityKind::Phone, "7.9991234567E+10")]
#[case(IdentityKind::Email, "noreply@example.com")]
#[case(IdentityKind::Email, "nona@example.com")]
#[case(IdentityKind::Email, "test@example.org")]
fn a_value_that_is_only_odd_identifies(#[case] kind: IdentityKind, #[case] raw: &str) {
    let collected = collected_of(raw, kind);
    assert_eq!((collected.identities.len(), collected.unusable.len()), (1, 0), "{raw}");
}

#[rstest]
fn one_address_in_many_spellings_is_one_email(
    #[values(
        "Anna@Example.com.",
        "mailto:Anna@Example.com",
        "MAILTO:anna@example.com?subject=Hi",
        "<anna@example.com>",
        "«anna@example.com»",
        "“anna@example.com”",
        "'anna@example.com'",
        "\"anna@example.com\"",
        "(anna@example.com)",
        "[anna@example.com]",
        "anna@example.com,",
        "anna@example.com;",
        "anna @ example.com",
        "anna@ example.com",
        "\u{feff}anna@example.com",
        "anna\u{200b}@example.com",
        "anna@exam\u{ad}ple.com",
        "Anna <anna@example.com>",
        "\"Anna, P.\" <anna@example.com>",
        "Anna <Anna@Example.com> (home)",
        " anna@example.com! ",
        "anna@example.com:",
        "<mailto:anna@example.com>",
        "anna@example.com, boris@example.com"
    )]
    raw: &str,
) {
    assert_eq!(email_value(raw), "anna@example.com");
}

#[test]
fn of_several_addresses_the_first_identifies_and_the_others_are_attached() {
    let collected = collected_of("Anna <anna@example.com>; boris@example.com, ANNA@example.com", IdentityKind::Email);
    assert_eq!(collected.identities, [Identity::new(IdentityKind::Email, "anna@example.com")]);
    assert_eq!(collected.also, [Identity::new(IdentityKind::Email, "boris@example.com")]);
}

#[test]
fn an_id_has_no_characters_that_nobody_sees() {
    assert_eq!(&*external_id("\u{feff}crm-7\u{200b}").value, "crm-7");
    assert_eq!(external_id("cafe\u{301}"), external_id("caf\u{e9}"));
}

#[rstest]
#[case("DE", "0171 3920012 mobil", "+491713920012")]
#[case("DE", "0171 3920012 Max", "+491713920012")]
#[case("DE", "1713920012", "+491713920012")]
#[case("DE", "491713920012", "+491713920012")]
#[case("RU", "380501234567", "+380501234567")]
#[case("RU", "8 495 123-45-67", "+74951234567")]
#[case("RU", "+8 999 123-45-67", "+79991234567")]
#[case("RU", "+8(999)123-45-67", "+79991234567")]
#[case("RU", "+89991234567", "+79991234567")]
#[case("RU", "+81 3 1234 5678", "+81312345678")]
#[case("RU", "79991234567.0", "+79991234567")]
#[case("RU", "7.9991234567E+10", "+79991234567")]
#[case("RU", "8 999 123-45-67;", "+79991234567")]
#[case("RU", "8 999 123-45-67 Вера", "+79991234567")]
#[case("RU", "8 495 123-45-67 вн. 101", "+74951234567;ext=101")]
#[case("RU", "8 495 123-45-67 (добавочный 101)", "+74951234567;ext=101")]
#[case("RU", "+7\u{2060}999\u{fe0f}1234567", "+79991234567")]
#[case("AT", "0660 1234567 Eva", "+436601234567")]
#[case("US", "1-800-FLOWERS", "+18003569377")]
#[case("US", "12025550101", "+12025550101")]
fn a_phone_is_read_as_the_subscriber_who_was_meant(#[case] from: &str, #[case] raw: &str, #[case] expected: &str) {
    assert_eq!(phone_value(raw, from), expected);
}

#[test]
fn numbers_of_whatsapp_begin_with_a_country_code() {
    let rules = |from: &str| PhoneRules { region: region(from), begins_with_country: true, ..PhoneRules::default() };
    let read = |raw: &str, from: &str| phone(raw, rules(from)).value.to_string();
    assert_eq!(read("491713920012", "RU"), "+491713920012");
    assert_eq!(read("79991234567", ""), "+79991234567");
    assert_eq!(read("8 999 123-45-67", "RU"), "+79991234567", "this is no international number");
}

#[rstest]
#[case("+7 999 123-45-67, 8 999 765-43-21")]
#[case("+7 999 123-45-67 ::: +7 999 765-43-21")]
#[case("8 999 123-45-67; 8 999 765-43-21")]
#[case("8 999 123-45-67 / 8 999 765-43-21")]
#[case("89991234567|89997654321")]
fn a_second_number_in_a_field_is_a_second_phone(#[case] raw: &str) {
    let collected = collected_of(raw, IdentityKind::Phone);
    assert_eq!(collected.identities, [Identity::new(IdentityKind::Phone, "+79991234567")]);
    assert_eq!(collected.also, [Identity::new(IdentityKind::Phone, "+79997654321")]);
}

#[rstest]
#[case("+2250701020304", "+22501020304")]
#[case("+5511987654321", "+551187654321")]
#[case("+551187654321", "+5511987654321")]
#[case("+5491123456789", "+541123456789")]
#[case("+5215512345678", "+525512345678")]
#[case("+2290197123456", "+22997123456")]
fn a_phone_of_a_renumbered_country_has_another_form(#[case] value: &str, #[case] other: &str) {
    assert!(renumbered::other_forms(value).contains(&other.to_owned()), "{:?}", renumbered::other_forms(value));
}

/// Every region and type of number: the example of the tables, as its people write it, as others do, and as programs
/// do.
#[test]
fn the_usual_spellings_of_valid_numbers_are_read_as_the_tables_read_them() {
    let types = [PhoneNumberType::FixedLine, PhoneNumberType::Mobile, PhoneNumberType::TollFree, PhoneNumberType::VoIP];
    let mut wrong = Vec::new();
    let mut spellings = 0;
    for code in PHONE_NUMBER_UTIL.get_supported_regions() {
        let here = Some(Region(code));
        for number in
            types.iter().filter_map(|it| PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(code, *it).ok())
        {
            let expected = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
            let formats = [PhoneNumberFormat::National, PhoneNumberFormat::International, PhoneNumberFormat::RFC3966];
            let spelled = formats.map(|format| PHONE_NUMBER_UTIL.format(&number, format).into_owned());
            let cases = [(&spelled[0], here), (&spelled[1], here), (&spelled[1], None), (&spelled[2], None)];
            for (text, from) in cases {
                spellings += 1;
                let tables = phone::e164(text, from);
                let read = phone(text, from).value;
                if tables.as_deref() == Some(&*expected) && *read != *expected {
                    wrong.push(format!("{text} in {from:?}: {read} instead of {expected}"));
                }
            }
        }
    }
    assert!(spellings > 2_000, "{spellings}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Any text, and texts made of what phones and emails are made of, which get much further into the parsers.
fn texts() -> impl Strategy<Value = String> {
    let phone_like =
        "(\\+|00|8|tel:)?[0-9٣８ ()./~,;x#*-]{0,18}(;ext=[0-9]{1,8}|;phone-context=(\\+7|a\\.b)|доб[0-9]{2}|tel:1)?";
    let email_like = "[a-zA-ZяΣİß\"<. +]{0,6}@[a-zA-ZяßΣ0-9.。-]{0,12}>?";
    prop_oneof!["\\PC{0,40}", any::<String>(), phone_like, email_like]
}

fn some_regions() -> impl Strategy<Value = Option<Region>> {
    prop::sample::select(vec!["", "RU", "KZ", "US", "DE", "IT", "AR", "BR", "MX", "CN", "IL"]).prop_map(region)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn normalising_twice_is_normalising_once(raw in texts(), in_region in some_regions()) {
        for kind in IdentityKind::ALL {
            let once = normalise(kind, &raw, in_region);
            prop_assert_eq!(&normalise(kind, &once.value, in_region), &once);
        }
    }

    #[test]
    fn numbers_that_read_as_themselves_are_read_so_by_the_tables(
        row in prop::sample::select(phone::READ_AS_THEMSELVES.to_vec()),
        first in any::<prop::sample::Index>(),
        rest in prop::collection::vec(0..10_u8, 15),
        in_region in some_regions(),
    ) {
        let (country, firsts, length) = row;
        let first = firsts.as_bytes()[first.index(firsts.len())] as char;
        let rest = rest.iter().map(u8::to_string).take(length - country.len() - 1).collect::<String>();
        let plain = format!("+{country}{first}{rest}");
        prop_assert_eq!(phone::e164(&plain, in_region), Some(plain.clone()));
        prop_assert_eq!(&*phone(&plain, in_region).value, &*plain);
    }

    #[test]
    fn space_around_a_value_never_matters(raw in texts(), in_region in some_regions()) {
        for kind in IdentityKind::ALL {
            prop_assert_eq!(normalise(kind, &format!(" {raw}\n"), in_region), normalise(kind, &raw, in_region));
        }
    }

    #[test]
    fn a_mask_never_shows_more_than_five_digits_of_a_phone(raw in texts(), in_region in some_regions()) {
        let masked = mask(&phone(&raw, in_region));
        prop_assert!(masked.chars().filter(|c| c.is_numeric()).count() <= 5, "{}", masked);
    }

    #[test]
    fn a_mask_never_panics(raw in texts(), in_region in some_regions()) {
        for kind in IdentityKind::ALL {
            prop_assert!(mask(&normalise(kind, &raw, in_region)).contains("***"));
        }
    }
}

#[test]
fn placeholders_of_a_server_identify_nobody() {
    let placeholders = Placeholders::read("front@firma.example,*@form.example,+79990000001").expect("a list");
    let rules = PhoneRules { placeholders, ..region("RU").into() };
    let given = |phone, email| Given { external_id: None, phone: Some(phone), email: Some(email) };
    let nobody = collect(given("8 999 000-00-01", "Any <x@form.example>"), rules).expect("it is short");
    assert_eq!((nobody.identities.len(), nobody.unusable.len()), (0, 2));
    let somebody = collect(given("8 999 000-00-02", "anna@firma.example"), rules).expect("it is short");
    assert_eq!((somebody.identities.len(), somebody.unusable.len()), (2, 0));
    assert!(usable(IdentityKind::Email, "FRONT@firma.example", rules).is_err());
    assert_eq!(of_client_id("front@firma.example", placeholders).identities, []);
}

#[rstest]
#[case("101", true)]
#[case(" 0007 ", true)]
#[case("000", false)]
#[case("12345", true)]
#[case("1 01", false)]
#[case("-", false)]
fn a_short_number_is_an_extension_where_these_are_expected(#[case] phone: &str, #[case] is_usable: bool) {
    let rules = PhoneRules { may_be_short: true, ..region("RU").into() };
    assert_eq!(usable(IdentityKind::Phone, phone, rules).is_ok(), is_usable);
    let is_short = phone.trim().len() < 5;
    assert_eq!(usable(IdentityKind::Phone, phone, region("RU")).is_ok(), is_usable && !is_short);
}

#[rstest]
#[case("8 999 123-45-67", "RU", Some("+79991234567"))]
#[case("+8 999 123-45-67", "RU", Some("+79991234567"))]
#[case("8 999 123-45-67", "US", None)]
#[case("8 999 999-99-99", "RU", None)]
#[case("+79991234567", "RU", None)]
#[case("-", "RU", None)]
fn a_stored_phone_is_read_again(#[case] stored: &str, #[case] from: &str, #[case] expected: Option<&str>) {
    let read = reread(stored, region(from).into());
    assert_eq!(read.as_ref().map(|it| &*it.identities[0].value), expected);
}
