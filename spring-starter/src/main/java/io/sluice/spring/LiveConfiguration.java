package io.sluice.spring;

import io.sluice.Bound;
import io.sluice.Limit;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.WaitingRoom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes limits, rooms, guards and the other settings of requests while they are in use, one change at a time. A
 * change is checked as a whole before any part of it applies. A change that is invalid, or that the store does not
 * take, is refused as a whole.
 */
final class LiveConfiguration {

    private static final Logger log = LoggerFactory.getLogger(LiveConfiguration.class);

    /** One part of a change, and how to undo it if a later part fails. */
    private record Change(String what, Runnable apply, Runnable undo) {

        /**
         * Returns an addition, which is never undone. The backend knows its name from then on, so a corrected change
         * could not add it again; it finds the gate and redefines it. Until then nothing names the gate.
         */
        static Change ofAddition(String what, Runnable add) {
            return new Change(what, add, () -> {});
        }
    }

    private final HttpGate gates;
    private final List<StartCheck> startChecks;

    // Guarded by this.
    private SluiceProperties current;

    LiveConfiguration(HttpGate gates, SluiceProperties started, List<StartCheck> startChecks) {
        this.gates = gates;
        this.startChecks = startChecks;
        this.current = started;
    }

    /**
     * Applies what differs from the properties applied last. A value that was changed otherwise since, such as through
     * the actuator endpoint, stays unless its property differs.
     *
     * @throws RuntimeException if the change is refused; the message says why. What had been applied by then is taken
     *     back, except that new limits, rooms and guards stay unused, and a room may stay changed while the store does
     *     not answer; the log tells
     */
    synchronized void apply(SluiceProperties changed) {
        SluiceProperties before = current;
        List<Change> changes = new ArrayList<>();
        HttpGate.each("limits", changed.allLimits(), (name, limit) -> {
            if (!limit.equals(before.allLimits().get(name))) {
                changes.add(limitChange(name, limit, limit.text()));
            }
        });
        HttpGate.each("rooms", changed.rooms(), (name, room) -> {
            // Check the room as the next start would, even if only the settings common to all rooms differ.
            room.toRoom(name, changed.waitingRoom().refresh());
            if (!room.equals(before.rooms().get(name))) {
                changes.add(roomChange(name, room, before.rooms().get(name)));
            }
        });
        HttpGate.each("guards", changed.guards(), (name, guard) -> {
            if (!guard.equals(before.guards().get(name))) {
                changes.add(guardChange(name, guard));
            }
        });
        changed.checkFilters();
        Change settings = settingsChange(before, changed);
        if (!settings.what().isEmpty()) {
            // Last, because filters may name what is added before.
            changes.add(settings);
        }
        // Check what only a restart applies: that must not fail.
        changed.signer();
        startChecks.forEach(check -> check.check(changed));
        commit(changes);
        warnOfWhatWaitsForARestart(before, changed);
        current = changed;
    }

    /** Changes a limit. Reads its properties under the lock, because another change may just have been made. */
    synchronized void limit(String name, UnaryOperator<SluiceProperties.LimitProperties> change) {
        SluiceProperties.LimitProperties changed =
                change.apply(gates.limit(name).definition().properties());
        boolean configured = current.allLimits().containsKey(name);
        commit(List.of(limitChange(name, changed, configured ? changed.text() : changed.declaredText())));
    }

    /** Changes a guard, as {@link #limit} changes a limit. */
    synchronized void guard(String name, UnaryOperator<SluiceProperties.GuardProperties> change) {
        commit(List.of(
                guardChange(name, change.apply(gates.guard(name).definition().properties()))));
    }

    /**
     * Changes a room.
     *
     * @param capacity the new capacity, on all gateways; null to leave it
     * @param mode the new mode, on all gateways; null to leave it
     * @param shadow whether this gateway only marks what it would refuse; null to leave it
     */
    synchronized void room(
            String name, @Nullable Integer capacity, Room.@Nullable Mode mode, @Nullable Boolean shadow) {
        RoomGate gate = gates.room(name);
        SluiceProperties.RoomProperties properties = gate.definition().properties();
        if (shadow != null) {
            properties = properties.withShadow(shadow);
        }
        RoomGate.Definition changed = new RoomGate.Definition(gate.definition().key(), properties);
        commit(List.of(roomChange(gate, capacity, mode, changed)));
    }

    private Change settingsChange(SluiceProperties before, SluiceProperties changed) {
        List<String> what = new ArrayList<>();
        addIfDifferent(what, "sluice.filters", before.filters(), changed.filters());
        addIfDifferent(what, "sluice.trusted-proxies", before.trustedProxies(), changed.trustedProxies());
        addIfDifferent(what, "sluice.rate-limit-headers", before.rateLimitHeaders(), changed.rateLimitHeaders());
        addIfDifferent(
                what,
                "sluice.waiting-room",
                before.waitingRoom(),
                changed.waitingRoom().asStarted(before.waitingRoom()));
        addIfDifferent(what, "sluice.pages", before.pages(), changed.pages());
        LiveSettings settings = gates.settings();
        HttpSettings settingsBefore = settings.now();
        HttpSettings others = settingsBefore.changed(before, changed);
        boolean otherFilters = !changed.filters().equals(before.filters());
        return new Change(
                String.join(", ", what),
                () -> settings.replace(otherFilters ? others.withFilters(gates.filters(changed.filters())) : others),
                () -> settings.replace(settingsBefore));
    }

    private Change limitChange(String name, SluiceProperties.LimitProperties properties, String text) {
        Limit limit = properties.toLimit(name);
        KeyResolver key = gates.limitKey(name, properties);
        LimitGate gate = gates.limits().get(name);
        String what = "limit " + name + ": " + text;
        if (gate == null) {
            return Change.ofAddition(what, () -> gates.addLimit(name, properties));
        }
        LimitGate.Definition before = gate.definition();
        return new Change(
                what,
                () -> gate.redefine(new LimitGate.Definition(before.limiter().redefine(limit), key, properties)),
                () -> gate.redefine(new LimitGate.Definition(
                        gate.definition().limiter().redefine(before.limit()), before.key(), before.properties())));
    }

    private Change guardChange(String name, SluiceProperties.GuardProperties properties) {
        Bound bound = properties.toBound(name);
        KeyResolver key = gates.guardKey(name, properties);
        GuardGate gate = gates.guards().get(name);
        String what = "guard " + name + ": " + properties.text();
        if (gate == null) {
            return Change.ofAddition(what, () -> gates.addGuard(name, properties));
        }
        Bound boundBefore = gate.guard().bound();
        GuardGate.Definition before = gate.definition();
        return new Change(
                what,
                () -> {
                    gate.guard().redefine(bound);
                    gate.redefine(new GuardGate.Definition(key, properties));
                },
                () -> {
                    gate.guard().redefine(boundBefore);
                    gate.redefine(before);
                });
    }

    private Change roomChange(
            String name,
            SluiceProperties.RoomProperties properties,
            SluiceProperties.@Nullable RoomProperties propertiesBefore) {
        Room room = properties.toRoom(name, gates.settings().now().waitingRoom().refresh());
        KeyResolver key = gates.keys().parseOrNull("sluice.rooms." + name + ".key", properties.key());
        RoomGate gate = gates.rooms().get(name);
        if (gate == null) {
            return Change.ofAddition("room " + name + ": " + properties.text(), () -> gates.addRoom(name, properties));
        }
        // A removed room is there until a restart. If it is configured again, it takes on the values written now.
        Integer capacity =
                propertiesBefore != null && Objects.equals(properties.capacity(), propertiesBefore.capacity())
                        ? null
                        : room.capacity();
        Room.Mode mode = propertiesBefore != null && properties.mode() == propertiesBefore.mode() ? null : room.mode();
        return roomChange(gate, capacity, mode, new RoomGate.Definition(key, properties));
    }

    private static Change roomChange(
            RoomGate gate, @Nullable Integer capacity, Room.@Nullable Mode mode, RoomGate.Definition changed) {
        String what = "room " + gate.room().room().name() + ": capacity " + (capacity == null ? "as it was" : capacity)
                + ", mode " + (mode == null ? "as it was" : SluiceProperties.word(mode)) + ", shadow "
                + changed.shadow();
        RoomGate.Definition before = gate.definition();
        if (capacity == null && mode == null) {
            return new Change(what, () -> gate.redefine(changed), () -> gate.redefine(before));
        }
        RoomSnapshot snapshot = gate.room().snapshot();
        if (snapshot == null) {
            throw new IllegalStateException("This gateway does not know yet how room "
                    + gate.room().room().name() + " stands: it has just started, or the store does not answer."
                    + " Try again in a second");
        }
        return new Change(
                what,
                () -> {
                    configure(gate.room(), capacity, mode);
                    gate.redefine(changed);
                },
                () -> {
                    gate.redefine(before);
                    configure(
                            gate.room(),
                            capacity == null ? null : snapshot.capacity(),
                            mode == null ? null : snapshot.mode());
                });
    }

    /** Leaves to the store what does not change: another gateway may be changing it. */
    private static void configure(WaitingRoom room, @Nullable Integer capacity, Room.@Nullable Mode mode) {
        if (capacity != null && mode != null) {
            room.configure(capacity, mode);
        } else if (capacity != null) {
            room.setCapacity(capacity);
        } else if (mode != null) {
            room.setMode(mode);
        }
    }

    private static void commit(List<Change> changes) {
        for (int done = 0; done < changes.size(); done++) {
            try {
                changes.get(done).apply().run();
            } catch (RuntimeException e) {
                // This one, too: a store that did not answer in time may have carried it out.
                undo(changes.subList(0, done + 1));
                throw e;
            }
        }
        changes.forEach(change -> log.info("Changed {}", change.what()));
    }

    /** Undoes changes, the last first. A failure neither keeps the others nor hides why the change is refused. */
    private static void undo(List<Change> changes) {
        for (int last = changes.size() - 1; last >= 0; last--) {
            Change change = changes.get(last);
            try {
                change.undo().run();
            } catch (RuntimeException e) {
                log.error("Refused, but it could not be taken back: {}", change.what(), e);
            }
        }
    }

    private void warnOfWhatWaitsForARestart(SluiceProperties before, SluiceProperties changed) {
        List<String> waiting = new ArrayList<>();
        addIfDifferent(waiting, "sluice.backend", before.backend(), changed.backend());
        addIfDifferent(waiting, "sluice.redis", before.redis(), changed.redis());
        addIfDifferent(waiting, "sluice.secret", before.secret(), changed.secret());
        addIfDifferent(waiting, "sluice.filter-order", before.filterOrder(), changed.filterOrder());
        addIfDifferent(
                waiting,
                "sluice.waiting-room.path",
                before.waitingRoom().path(),
                changed.waitingRoom().path());
        addIfDifferent(
                waiting,
                "sluice.waiting-room.refresh",
                before.waitingRoom().refresh(),
                changed.waitingRoom().refresh());
        changed.rooms().forEach((name, room) -> {
            RoomGate gate = gates.rooms().get(name);
            if (gate != null && !room.differsOnlyInWhatIsLive(gate.room().room())) {
                waiting.add("sluice.rooms." + name + " (all but capacity, mode, key and shadow)");
            }
        });
        addRemoved(waiting, "sluice.limits.", before.allLimits(), changed.allLimits());
        addRemoved(waiting, "sluice.rooms.", before.rooms(), changed.rooms());
        addRemoved(waiting, "sluice.guards.", before.guards(), changed.guards());
        if (!waiting.isEmpty()) {
            log.warn("Changed, but only a restart applies it: {}", String.join(", ", waiting));
        }
    }

    private static void addIfDifferent(
            List<String> waiting, String property, @Nullable Object before, @Nullable Object changed) {
        if (!Objects.equals(before, changed)) {
            waiting.add(property);
        }
    }

    private static void addRemoved(List<String> waiting, String prefix, Map<String, ?> before, Map<String, ?> changed) {
        before.keySet().stream()
                .filter(name -> !changed.containsKey(name))
                .forEach(name -> waiting.add(prefix + name + " (removed)"));
    }
}
