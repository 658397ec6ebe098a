//! The edge of the server as a process: TLS from files that change while it runs, and memory under clients that hold
//! their connections.

#[path = "store/http.rs"]
#[expect(dead_code, reason = "only the server itself is needed here")]
mod http;

use http::{Server, json};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(20);

/// Writes a new certificate and its key, and gives the certificate.
fn certify(folder: &Path, certificate: &str, key: &str) -> CertificateDer<'static> {
    let pair = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let signed = params.self_signed(&pair).expect("a certificate");
    fs::write(folder.join(certificate), signed.pem()).expect("a file");
    fs::write(folder.join(key), pair.serialize_pem()).expect("a file");
    signed.der().clone()
}

fn serve(folder: &TempDir, settings: &[&str]) -> Server {
    let url = format!("sqlite://{}", folder.path().join("maitred.db").display());
    Server::with(&url, &[&["--listen", "127.0.0.1:0"], settings].concat())
}

/// A server that speaks TLS, and its folder.
fn secured() -> (TempDir, CertificateDer<'static>, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = certify(folder.path(), "cert.pem", "key.pem");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let server = serve(&folder, &["--tls-cert", &place("cert.pem"), "--tls-key", &place("key.pem")]);
    (folder, certificate, server)
}

#[test]
fn tls_is_spoken_and_browsers_are_told_to_keep_to_it() {
    let (_folder, certificate, server) = secured();
    let (answer, shown) = over_tls(server.address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    assert_eq!(shown, certificate);
    assert!(server.terminate().success());
}

#[test]
fn http_where_tls_is_spoken_is_told_so() {
    let (_folder, _, server) = secured();
    let mut socket = TcpStream::connect(server.address).expect("the server accepts");
    socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("the server reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains("this port speaks TLS; use https://"), "{answer}");
}

#[test]
fn a_new_certificate_is_shown_after_sighup_and_a_broken_one_is_not() {
    let (folder, first, server) = secured();
    let hangup = || {
        let sent = Command::new("kill").args(["-HUP", &server.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
    };
    let shown = || over_tls(server.address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").1;
    fs::write(folder.path().join("cert.pem"), "no certificate").expect("a file");
    hangup();
    assert_eq!(shown(), first);
    let second = certify(folder.path(), "cert.pem", "key.pem");
    hangup();
    let began = Instant::now();
    while shown() != second {
        assert!(began.elapsed() < LONG, "the old certificate is still shown");
    }
    assert!(server.terminate().success());
}

#[test]
fn files_that_are_not_in_order_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    certify(folder.path(), "cert.pem", "key.pem");
    certify(folder.path(), "other.pem", "other-key.pem");
    fs::write(folder.path().join("empty.pem"), "").expect("a file");
    let said = |cert: &str, key: &str| {
        let place = |name: &str| folder.path().join(name).display().to_string();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &place(cert), "--tls-key", &place(key)];
        let output = http::run(&folder.path().join("maitred.db"), &arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.path().display()), "");
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        said("none.pem", "key.pem"),
        "maitred: tls_cert none.pem cannot be read: No such file or directory (os error 2)"
    );
    assert_eq!(
        said("cert.pem", "other-key.pem"),
        "maitred: cert.pem and other-key.pem do not belong together: the key is not that of the first certificate"
    );
    assert_eq!(said("empty.pem", "key.pem"), "maitred: tls_cert empty.pem holds no certificate in PEM");
    assert_eq!(said("cert.pem", "cert.pem"), "maitred: tls_key cert.pem holds nothing of its kind in PEM");
}

#[test]
fn memory_is_bounded_by_the_places_however_clients_hold_them() {
    const CLIENTS: usize = 600;
    const BYTES_EACH_MAX: u64 = 160 * 1_024;
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(&folder, &["--head-deadline-s", "600"]);
    let before = resident_bytes(server.id());
    let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}", "x".repeat(30_000));
    let hold = |_| {
        let mut socket = TcpStream::connect(server.address).expect("the server accepts");
        socket.write_all(head.as_bytes()).expect("the server reads");
        socket
    };
    let held: Vec<_> = (0..CLIENTS).map(hold).collect();
    server.post("/api/v1/operators", &json!({"name": "Anna"})).created();
    let grown = resident_bytes(server.id()).saturating_sub(before);
    assert!(grown < CLIENTS as u64 * BYTES_EACH_MAX, "{CLIENTS} clients took {grown} bytes");
    drop(held);
}

fn resident_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
}

/// What is answered over TLS, and with which certificate.
fn over_tls(address: SocketAddr, request: &str) -> (String, CertificateDer<'static>) {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("TLS");
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody)).with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let socket = TcpStream::connect(address).expect("the server accepts");
    socket.set_read_timeout(Some(LONG)).expect("a timeout");
    let mut stream = StreamOwned::new(client, socket);
    stream.write_all(request.as_bytes()).expect("a handshake");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("a clean end");
    let shown = stream.conn.peer_certificates().and_then(|chain| chain.first()).expect("a certificate");
    (answer, shown.clone().into_owned())
}

/// Believes every certificate: the test compares it itself.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
