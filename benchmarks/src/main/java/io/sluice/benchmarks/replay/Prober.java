package io.sluice.benchmarks.replay;

import java.util.function.Consumer;

/** The orchestrator's view of one pod: probes it, takes it out of the balancer and puts it back, kills and restarts. */
final class Prober {

    private final Pod pod;
    private final ShopModel model;
    private final Timeline timeline;
    private final Consumer<PodEvent> events;
    private int readinessFailures;
    private int livenessFailures;

    Prober(Pod pod, ShopModel model, Timeline timeline, Consumer<PodEvent> events) {
        this.pod = pod;
        this.model = model;
        this.timeline = timeline;
        this.events = events;
    }

    /**
     * Starts both rounds of probes.
     *
     * @param phase when the first probes come within their periods, from 0 to 1
     */
    void start(double phase) {
        ShopModel.Probes probes = model.probes();
        timeline.schedule((long) (probes.readinessPeriodNanos() * phase), this::probeReadiness);
        timeline.schedule((long) (probes.livenessPeriodNanos() * phase), this::probeLiveness);
    }

    private void probeReadiness() {
        timeline.schedule(model.probes().readinessPeriodNanos(), this::probeReadiness);
        if (pod.living()) {
            probe(this::readinessKnown);
        }
    }

    private void probeLiveness() {
        timeline.schedule(model.probes().livenessPeriodNanos(), this::probeLiveness);
        if (pod.living()) {
            probe(this::livenessKnown);
        }
    }

    private void readinessKnown(boolean answered) {
        readinessFailures = answered ? 0 : readinessFailures + 1;
        if (answered && !pod.ready()) {
            pod.ready(true);
            tell(PodEvent.Kind.READY);
        } else if (pod.ready() && readinessFailures >= model.probes().failuresInARow()) {
            pod.ready(false);
            tell(PodEvent.Kind.UNREADY);
        }
    }

    private void livenessKnown(boolean answered) {
        livenessFailures = answered ? 0 : livenessFailures + 1;
        if (livenessFailures >= model.probes().failuresInARow()) {
            readinessFailures = 0;
            livenessFailures = 0;
            pod.kill();
            tell(PodEvent.Kind.KILLED);
            timeline.schedule(model.restartNanos(), () -> {
                pod.restart();
                tell(PodEvent.Kind.RESTARTED);
            });
        }
    }

    /** Asks the pod, which answers when its backlog lets it; after the timeout the answer no longer counts. */
    private void probe(Consumer<Boolean> verdict) {
        int askedIn = pod.incarnation();
        boolean[] settled = new boolean[1];
        Consumer<Boolean> settle = answered -> {
            if (!settled[0] && pod.incarnation() == askedIn) {
                settled[0] = true;
                if (!answered) {
                    tell(PodEvent.Kind.PROBE_MISSED);
                }
                verdict.accept(answered);
            }
        };
        pod.takeTurn(model.probeCoreNanos(), () -> settle.accept(true));
        timeline.schedule(model.probes().timeoutNanos(), () -> settle.accept(false));
    }

    private void tell(PodEvent.Kind kind) {
        events.accept(new PodEvent(timeline.nowNanos(), pod.name(), kind));
    }
}
