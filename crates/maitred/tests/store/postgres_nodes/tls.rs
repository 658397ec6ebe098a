//! TLS to the database, as `sslmode` says: encrypted, and with the certificate checked as far as it asks for.

use maitred_store::testing::postgres::Cluster;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Engine, StoreError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A server with a certificate made out to `localhost` by an authority of its own.
struct Secured {
    cluster: Cluster,
    folder: tempfile::TempDir,
}

impl Secured {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = authority();
        let mut server = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        server.is_ca = IsCa::NoCa;
        let key = KeyPair::generate().expect("a key");
        let certificate = server.signed_by(&key, &authority).expect("a certificate");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("ca.pem", &authority.pem());
        write("other.pem", &self::authority().pem());
        let cluster = Cluster::start(&[]);
        let place = |path: std::path::PathBuf| path.display().to_string();
        let certificate = place(cluster.put("server.crt", certificate.pem().as_bytes()));
        let key = place(cluster.put("server.key", key.serialize_pem().as_bytes()));
        cluster.set(&[("ssl_cert_file", &certificate), ("ssl_key_file", &key), ("ssl", "on")]);
        cluster.database::<String>("maitred");
        Self { cluster, folder }
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate")
}

fn open(secured: &Secured, (host, mode, root): (&str, &str, Option<&str>)) -> Result<Engine, StoreError> {
    let port = secured.cluster.port();
    let root = root.map(|name| format!("&sslrootcert={}", secured.folder.path().join(name).display()));
    let url = format!("postgres://maitred@{host}:{port}/maitred?sslmode={mode}{}", root.unwrap_or_default());
    Engine::open(&url.parse::<DatabaseUrl>().expect("a URL"))
}

/// One server for all of them: what differs is on our side.
#[test]
fn a_server_is_believed_as_far_as_the_mode_says() {
    let secured = Secured::start();
    for case in [
        ("127.0.0.1", "disable", None),
        ("127.0.0.1", "prefer", None),
        ("127.0.0.1", "require", None),
        ("127.0.0.1", "verify-ca", Some("ca.pem")),
        ("localhost", "verify-full", Some("ca.pem")),
    ] {
        let engine = open(&secured, case).unwrap_or_else(|error| panic!("{case:?}: {error}"));
        let sql = "SELECT s.ssl::text FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                   WHERE application_name = 'maitred'";
        let encrypted = super::first_column(secured.cluster.sql("maitred", sql));
        assert_eq!(encrypted, [if case.1 == "disable" { "false" } else { "true" }], "{case:?}");
        engine.close();
        secured.cluster.disconnect("maitred");
    }
    for case in [
        // An authority that did not sign it, a host that it does not name, and only the authorities of the system.
        ("localhost", "verify-full", Some("other.pem")),
        ("127.0.0.1", "verify-ca", Some("other.pem")),
        ("127.0.0.1", "verify-full", Some("ca.pem")),
        ("localhost", "verify-full", None),
    ] {
        let Err(error) = open(&secured, case) else { panic!("{case:?} was believed") };
        let said = error.to_string();
        assert!(said.contains("certificate") || said.contains("authority"), "{case:?}: {said}");
    }
}
