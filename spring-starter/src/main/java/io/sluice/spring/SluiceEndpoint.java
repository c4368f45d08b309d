package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Backend;
import io.sluice.Guard;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.convert.DurationStyle;

/**
 * Reports and changes limits, rooms and guards while they run. Wrong input is answered with 400, an unknown kind, name
 * or visitor with 404, and a store that does not answer with 503; the answer says what is wrong.
 */
@Endpoint(id = "sluice")
final class SluiceEndpoint {

    private static final int NOT_FOUND = 404;

    private static final String WRITTEN =
            "a visitor is written p:NAME for a principal, or as the room's key has it, such as h:VALUE for a header";

    private final HttpGate gates;
    private final LiveConfiguration live;
    private final Backend backend;

    SluiceEndpoint(HttpGate gates, LiveConfiguration live, Backend backend) {
        this.gates = gates;
        this.live = live;
        this.backend = backend;
    }

    /** {@code GET /actuator/sluice}. */
    @ReadOperation
    public Map<String, Object> report() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("backend", backendReport());
        report.put("limits", each(gates.limits(), this::limitReport));
        report.put("rooms", each(gates.rooms(), this::roomReport));
        report.put("guards", each(gates.guards(), this::guardReport));
        return report;
    }

    private Map<String, Object> backendReport() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("type", SluiceActuatorAutoConfiguration.typeOf(backend));
        report.put("available", backend.isAvailable());
        report.put("gateways", backend.gateways());
        report.putAll(RedisFigures.otherGateways(backend));
        return report;
    }

    private static <G> Map<String, Object> each(Map<String, G> gates, Function<G, Map<String, Object>> report) {
        Map<String, Object> reports = new LinkedHashMap<>();
        gates.forEach((name, gate) -> reports.put(name, report.apply(gate)));
        return reports;
    }

    private Map<String, Object> limitReport(LimitGate gate) {
        LimitGate.Definition now = gate.definition();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("rate", now.limit().rate());
        report.put("key", now.properties().key());
        report.put("anonymous", SluiceProperties.word(now.properties().anonymous()));
        report.put("onOutage", SluiceProperties.word(now.limit().onOutage()));
        report.put("maxKeys", now.limit().maxKeys());
        report.put("shadow", now.shadow());
        report.put("forgottenCallers", now.limiter().forgottenCallers());
        return report;
    }

    private Map<String, Object> roomReport(RoomGate gate) {
        RoomSnapshot snapshot = gate.room().snapshot();
        Map<String, Object> report = new LinkedHashMap<>();
        if (snapshot == null) {
            report.put("holding", true);
        } else {
            report.put("capacity", snapshot.capacity());
            report.put("mode", SluiceProperties.word(snapshot.mode()));
            report.put("inside", snapshot.inside());
            report.put("called", snapshot.calledCount());
            report.put("waiting", snapshot.waiting());
            report.put("issued", snapshot.issued());
            report.put("served", snapshot.served());
            report.put("calledPerSecond", snapshot.cursorPerSecond());
        }
        report.put("stay", DurationStyle.SIMPLE.print(gate.room().room().stay()));
        report.put("shadow", gate.definition().shadow());
        Map<String, Long> recovery =
                RedisFigures.recovery(backend, gate.room().room().name());
        if (!recovery.isEmpty()) {
            report.put("recovery", recovery);
        }
        return report;
    }

    private Map<String, Object> guardReport(GuardGate gate) {
        Guard guard = gate.guard();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("limit", guard.bound().limit());
        report.put("share", guard.share());
        report.put("inFlight", guard.inFlight());
        report.put("waiting", guard.waiting());
        report.put("overdue", guard.overdue());
        report.put("takenBack", guard.takenBack());
        report.put("maxWait", DurationStyle.SIMPLE.print(guard.bound().maxWait()));
        report.put("maxWaiting", guard.bound().maxWaiting());
        report.put("maxHold", DurationStyle.SIMPLE.print(guard.bound().maxHold()));
        report.put("shadow", gate.definition().shadow());
        return report;
    }

    /**
     * {@code POST /actuator/sluice/{limits|rooms|guards}/{name}}: changes the given values, and leaves the rest.
     * Values are text, so that an unreadable one is answered with a message.
     */
    @WriteOperation
    public WebEndpointResponse<Map<String, Object>> change(
            @Selector String kind,
            @Selector String name,
            @Nullable String rate,
            @Nullable String burst,
            @Nullable String capacity,
            @Nullable String mode,
            @Nullable String limit,
            @Nullable String maxWait,
            @Nullable String maxWaiting,
            @Nullable String maxHold,
            @Nullable String shadow) {
        Map<String, @Nullable String> given = new LinkedHashMap<>();
        given.put("rate", rate);
        given.put("burst", burst);
        given.put("capacity", capacity);
        given.put("mode", mode);
        given.put("limit", limit);
        given.put("maxWait", maxWait);
        given.put("maxWaiting", maxWaiting);
        given.put("maxHold", maxHold);
        given.put("shadow", shadow);
        given.values().removeIf(value -> value == null);
        return answered(() -> {
            EndpointInput input = new EndpointInput(given);
            return switch (kind) {
                case "limits" -> changeLimit(name, input);
                case "rooms" -> changeRoom(name, input);
                case "guards" -> changeGuard(name, input);
                default -> throw unknown("There is no \"" + kind + "\" here, but limits, rooms and guards");
            };
        });
    }

    private Map<String, Object> changeLimit(String name, EndpointInput input) {
        input.allow("rate", "burst", "shadow");
        LimitGate gate = gates.limits().get(name);
        if (gate == null) {
            throw unknown("limit", name, gates.limits());
        }
        live.limit(name, limit -> limit.with(input.text("rate"), input.number("burst"), input.flag("shadow")));
        return limitReport(gate);
    }

    private Map<String, Object> changeRoom(String name, EndpointInput input) {
        input.allow("capacity", "mode", "shadow");
        RoomGate gate = roomNamed(name);
        live.room(name, input.wholeNumber("capacity"), input.word("mode", Room.Mode.class), input.flag("shadow"));
        return roomReport(gate);
    }

    private Map<String, Object> changeGuard(String name, EndpointInput input) {
        input.allow("limit", "maxWait", "maxWaiting", "maxHold", "shadow");
        GuardGate gate = gates.guards().get(name);
        if (gate == null) {
            throw unknown("guard", name, gates.guards());
        }
        live.guard(
                name,
                guard -> guard.with(
                        input.wholeNumber("limit"),
                        input.duration("maxWait"),
                        input.wholeNumber("maxWaiting"),
                        input.duration("maxHold"),
                        input.flag("shadow")));
        return guardReport(gate);
    }

    /**
     * {@code POST /actuator/sluice/rooms/{name}/{call|remove}}: calls a waiting visitor out of turn, or takes a
     * visitor's place away. Exactly one of ticket and visitor is given.
     *
     * @param ticket the visitor's ticket
     * @param visitor who the visitor is in the room, such as {@code p:ann} for the principal ann
     */
    @WriteOperation
    public WebEndpointResponse<Map<String, Object>> steward(
            @Selector String kind,
            @Selector String name,
            @Selector String action,
            @Nullable String ticket,
            @Nullable String visitor) {
        return answered(() -> {
            if (!kind.equals("rooms") || !(action.equals("call") || action.equals("remove"))) {
                throw unknown("Expected rooms/NAME/call or rooms/NAME/remove");
            }
            RoomGate gate = roomNamed(name);
            WaitingRoom room = gate.room();
            if ((ticket == null) == (visitor == null)) {
                throw new IllegalArgumentException("Expected either \"ticket\" or \"visitor\"; " + WRITTEN);
            }
            String key = gate.definition().properties().key();
            String who = visitor == null ? "" : KeyResolvers.ofWritten(visitor, key);
            CompletionStage<Standing.State> done;
            if (action.equals("call")) {
                done = ticket != null ? room.callTicketAsync(ticket) : room.callAsync(who);
            } else {
                done = ticket != null ? room.leaveTicketAsync(ticket) : room.leaveAsync(who);
            }
            Standing.State state = done.toCompletableFuture().join();
            if (state == Standing.State.EXPIRED) {
                throw unknown("There is no such visitor in room " + name + (visitor == null ? "" : "; " + WRITTEN));
            }
            return Map.of(action.equals("call") ? "state" : "was", state.name());
        });
    }

    private RoomGate roomNamed(String name) {
        RoomGate gate = gates.findRoom(name);
        if (gate == null) {
            throw unknown("room", name, gates.rooms());
        }
        return gate;
    }

    /** What was asked for does not exist. */
    private static final class UnknownException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownException(String message) {
            super(message);
        }
    }

    private static UnknownException unknown(String kind, String name, Map<String, ?> present) {
        return unknown("There is no " + kind + " \"" + name + "\", but " + String.join(", ", present.keySet()));
    }

    private static UnknownException unknown(String message) {
        return new UnknownException(message);
    }

    private static WebEndpointResponse<Map<String, Object>> answered(Supplier<Map<String, Object>> operation) {
        try {
            return new WebEndpointResponse<>(operation.get());
        } catch (UnknownException e) {
            return problem(e, NOT_FOUND);
        } catch (IllegalArgumentException | AdmissionException e) {
            return problem(e, WebEndpointResponse.STATUS_BAD_REQUEST);
        } catch (CompletionException e) {
            return Failures.causeOf(e) instanceof AdmissionException refused
                    ? problem(refused, WebEndpointResponse.STATUS_BAD_REQUEST)
                    : problem(e, WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
        } catch (RuntimeException e) {
            return problem(e, WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
        }
    }

    private static WebEndpointResponse<Map<String, Object>> problem(RuntimeException e, int status) {
        return new WebEndpointResponse<>(Map.of("error", String.valueOf(e.getMessage())), status);
    }
}
