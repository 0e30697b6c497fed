//! `/metrics` for Prometheus.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::telemetry::{process_cpu, process_memory, threads_cpu};

/// Where counters and histograms are kept.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

/// Installs the recorder; one process has one.
///
/// # Errors
/// When another recorder was installed by somebody else.
pub fn install() -> Result<Recorder, String> {
    static INSTALLED: OnceLock<Result<Recorder, String>> = OnceLock::new();
    INSTALLED
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
                .and_then(PrometheusBuilder::install_recorder)
                .map(Recorder)
                .map_err(|error| error.to_string())
        })
        .clone()
}

/// Gauges that are read when asked for.
pub type Gauges = Arc<dyn Fn() + Send + Sync>;

/// `/metrics`; `gauges` sets what is only known at the moment.
pub fn routes(recorder: Recorder, gauges: Gauges) -> Router {
    Router::new().route("/metrics", get(render)).with_state((recorder, gauges))
}

async fn render(State((recorder, gauges)): State<(Recorder, Gauges)>) -> String {
    let (memory, peak) = process_memory();
    metrics::gauge!("process_cpu_seconds_total").set(process_cpu().as_secs_f64());
    metrics::gauge!("process_anonymous_memory_bytes").set(memory as f64);
    metrics::gauge!("process_peak_memory_bytes").set(peak as f64);
    for (name, seconds) in threads_cpu() {
        metrics::gauge!("minyi_thread_cpu_seconds_total", "thread" => name).set(seconds);
    }
    gauges();
    recorder.0.run_upkeep();
    recorder.0.render()
}
