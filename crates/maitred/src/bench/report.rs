//! The figures as a table for people and as JSON for scripts.

use super::batches::AverageBatch;
use super::cpu::CpuPerContact;
use super::load::Figures;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use std::fmt;

/// Everything one run measured.
#[derive(Serialize)]
pub(super) struct Report {
    version: &'static str,
    cores: usize,
    processor: String,
    seconds_each: u64,
    /// Median of writing and syncing 4 KiB.
    pub(super) fsync_us: f64,
    /// Resident memory of a server that has served nothing yet.
    pub(super) idle_mib: f64,
    /// The most resident memory of a server under load.
    pub(super) loaded_mib: f64,
    /// From starting the process to serving, with the large database.
    pub(super) start_ms: Option<u64>,
    pub(super) lines: Vec<Line>,
}

/// One measured load.
#[derive(Serialize)]
pub(super) struct Line {
    what: String,
    connections: u32,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Processor time of the server for each contact.
    cpu: Option<CpuPerContact>,
    /// Of the server.
    batch: Option<AverageBatch>,
    /// Against what the ratio is taken, measured next to this.
    baseline: Option<&'static str>,
    baseline_per_second: Option<f64>,
    ratio: Option<f64>,
}

impl Line {
    pub(super) fn new(
        what: &str,
        connections: u32,
        figures: &Figures,
        baseline: Option<(&'static str, &Figures)>,
    ) -> Self {
        Self {
            what: what.to_owned(),
            connections,
            per_second: figures.per_second,
            p50_ms: figures.quantile_ms(0.5),
            p99_ms: figures.quantile_ms(0.99),
            max_ms: figures.quantile_ms(1.0),
            cpu: figures.cpu,
            batch: figures.batch,
            baseline: baseline.map(|(name, _)| name),
            baseline_per_second: baseline.map(|(_, base)| base.per_second),
            ratio: baseline.map(|(_, base)| figures.per_second / base.per_second),
        }
    }
}

impl Report {
    pub(super) fn of_this_machine(seconds_each: u64) -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpuinfo.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: model.unwrap_or("unknown").to_owned(),
            seconds_each,
            fsync_us: 0.0,
            idle_mib: 0.0,
            loaded_mib: 0.0,
            start_ms: None,
            lines: Vec::new(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        let (load, cost) = (["", "connections", "per second", "p50 ms", "p99 ms"], ["CPU us: HTTP", "batcher"]);
        table.set_header([&load[..], &cost, &["in a batch", "commit ms", "against"]].concat());
        for line in &self.lines {
            let cpu = |of: fn(CpuPerContact) -> f64| line.cpu.map_or_else(String::new, |cpu| format!("{:.0}", of(cpu)));
            let batch = |of: fn(AverageBatch) -> String| line.batch.map_or_else(String::new, of);
            let against = line.ratio.zip(line.baseline).map(|(ratio, of)| format!("{ratio:.2} of {of}"));
            table.add_row([
                line.what.clone(),
                line.connections.to_string(),
                format!("{:.0}", line.per_second),
                format!("{:.2}", line.p50_ms),
                format!("{:.2}", line.p99_ms),
                cpu(|cpu| cpu.http_us),
                cpu(|cpu| cpu.batcher_us),
                batch(|batch| format!("{:.0}", batch.commands)),
                batch(|batch| format!("{:.2}", batch.commit_ms)),
                against.unwrap_or_default(),
            ]);
        }
        for column in 1..=8 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(
            f,
            "maitred {}, {} cores of {}, {} s each",
            self.version, self.cores, self.processor, self.seconds_each
        )?;
        writeln!(f, "{table}")?;
        write!(f, "4 KiB made durable   {:.0} us (median)", self.fsync_us)?;
        if self.idle_mib > 0.0 {
            let (idle, loaded) = (self.idle_mib, self.loaded_mib);
            write!(f, "\nmemory               {idle:.0} MiB idle, {loaded:.0} MiB at most under load")?;
        }
        self.start_ms.map_or(Ok(()), |ms| write!(f, "\nstart, full database {ms} ms"))
    }
}
