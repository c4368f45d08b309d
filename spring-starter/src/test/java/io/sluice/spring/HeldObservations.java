package io.sluice.spring;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The observations of held calls that have ended. */
final class HeldObservations implements ObservationHandler<Observation.Context> {

    private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();

    private HeldObservations() {}

    /** Records those of a registry from now on. */
    static HeldObservations of(ObservationRegistry registry) {
        HeldObservations held = new HeldObservations();
        registry.observationConfig().observationHandler(held);
        return held;
    }

    List<Observation.Context> ended() {
        return ended;
    }

    static String outcome(Observation.Context held) {
        KeyValue outcome = held.getLowCardinalityKeyValue("outcome");
        return outcome == null ? "none" : outcome.getValue();
    }

    /** Returns the name of the observation that it is a part of; null if it is part of none. */
    static @Nullable String parent(Observation.Context held) {
        ObservationView parent = held.getParentObservation();
        return parent == null ? null : parent.getContextView().getName();
    }

    @Override
    public void onStop(Observation.Context context) {
        ended.add(context);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return "sluice.hold".equals(context.getName());
    }
}
