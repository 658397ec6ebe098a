//! TLS: the certificate and key of two files, read again when they change or when somebody asks for it.

use super::HANDSHAKE_SECONDS_MAX;
use crate::problem::{Problem, kinds};
use maitred_app::Stop;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(30);
/// What every TLS connection begins with: a record that holds a handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

/// The files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that it was signed with, in PEM, the server's own first.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// What speaks TLS.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificates: Arc<Certificates>,
}

/// Why there is no TLS on a connection.
pub enum NoHandshake {
    /// The client does not speak TLS.
    Plain(TcpStream),
    /// It does, and it came to nothing.
    Failed(io::Error),
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them, and which.
    pub fn new(files: TlsFiles) -> Result<Self, String> {
        let certificates = Arc::new(Certificates::read(files)?);
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| format!("no TLS: {error}"))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(certificates.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificates })
    }

    /// Agrees with a client on how to speak.
    ///
    /// # Errors
    /// [`NoHandshake`] when that fails or takes longer than [`HANDSHAKE_SECONDS_MAX`].
    pub async fn shake_hands(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, NoHandshake> {
        let in_time = tokio::time::timeout(Duration::from_secs(HANDSHAKE_SECONDS_MAX), async {
            let mut first = [0];
            match stream.peek(&mut first).await {
                Ok(1..) if first != [HANDSHAKE] => Err(NoHandshake::Plain(stream)),
                Ok(_) => self.acceptor.accept(stream).await.map_err(NoHandshake::Failed),
                Err(error) => Err(NoHandshake::Failed(error)),
            }
        });
        in_time.await.unwrap_or_else(|_| Err(NoHandshake::Failed(io::ErrorKind::TimedOut.into())))
    }

    /// Reads the files again on SIGHUP, and by itself when they have changed, until the server stops. Files that are
    /// not in order change nothing but the log.
    ///
    /// # Errors
    /// When the system does not let us listen for signals.
    pub fn keep_up(self: &Arc<Self>, stop: Stop) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangup = signal(SignalKind::hangup())?;
        let tls = self.clone();
        tokio::spawn(async move {
            loop {
                let asked = tokio::select! {
                    () = stop.wanted() => return,
                    _ = hangup.recv() => true,
                    () = tokio::time::sleep(LOOK) => false,
                };
                // Reading a file waits for a disk.
                let certificates = tls.certificates.clone();
                let _ = tokio::task::spawn_blocking(move || certificates.read_again(asked)).await;
            }
        });
        Ok(())
    }
}

/// What to tell a client that speaks HTTP where TLS is spoken.
pub(super) fn not_tls() -> Problem {
    kinds::BAD_REQUEST.because("this port speaks TLS; use https:// in place of http://")
}

/// The certificate that clients are shown, and where it is from.
struct Certificates {
    files: TlsFiles,
    current: RwLock<Shown>,
}

struct Shown {
    certified: Arc<CertifiedKey>,
    /// When each file was written, as it was when they were read.
    written: [Option<SystemTime>; 2],
}

impl Certificates {
    fn read(files: TlsFiles) -> Result<Self, String> {
        let written = files.written();
        let certified = Arc::new(files.read()?);
        Ok(Self { files, current: RwLock::new(Shown { certified, written }) })
    }

    fn read_again(&self, asked: bool) {
        let written = self.files.written();
        if !asked && self.current.read().unwrap_or_else(PoisonError::into_inner).written == written {
            return;
        }
        let read = self.files.read();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Also when they are not in order, so that the log says so once.
        current.written = written;
        match read {
            Ok(certified) => {
                current.certified = Arc::new(certified);
                tracing::info!(certificate = %self.files.certificate.display(), "the certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the certificate was not read again; the one before stays in use"),
        }
    }
}

impl TlsFiles {
    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok())
    }

    fn read(&self) -> Result<CertifiedKey, String> {
        let chain = self.chain()?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unreadable("tls_key", &self.key, &error))?;
        let pair = format!("{} and {}", self.certificate.display(), self.key.display());
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("{pair} do not belong together: the key is not that of the first certificate")
            }
            other => format!("{pair} cannot be used: {other}"),
        })
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let path = &self.certificate;
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        let chain: Vec<_> = read.map_err(|error| unreadable("tls_cert", path, &error))?;
        if chain.is_empty() {
            return Err(format!("tls_cert {} holds no certificate in PEM", path.display()));
        }
        Ok(chain)
    }
}

/// Of a key nothing is shown but where it should be.
fn unreadable(setting: &str, path: &Path, error: &rustls::pki_types::pem::Error) -> String {
    use rustls::pki_types::pem::Error;
    match error {
        Error::Io(error) => format!("{setting} {} cannot be read: {error}", path.display()),
        Error::NoItemsFound => format!("{setting} {} holds nothing of its kind in PEM", path.display()),
        _ => format!("{setting} {} is not well-formed PEM", path.display()),
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).certified.clone())
    }
}

impl Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.files.fmt(f)
    }
}
