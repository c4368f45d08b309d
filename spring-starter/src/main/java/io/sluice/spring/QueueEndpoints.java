package io.sluice.spring;

import io.sluice.Credential;
import io.sluice.Pass;
import io.sluice.Standing;
import io.sluice.Ticket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoints of the waiting rooms: join, ask, enter, leave. */
final class QueueEndpoints {

    private static final Logger log = LoggerFactory.getLogger(QueueEndpoints.class);

    static final String ENQUEUE = "/enqueue";
    static final String STATUS = "/status";
    static final String ENTER = "/enter";
    static final String TICKET = "/tickets/{ticketId}";

    /** A body has two tokens of at most 200 characters. Anybody may send one, so a large one must not cost much. */
    static final int MOST_BYTES = 4096;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpGate gate;

    QueueEndpoints(HttpGate gate) {
        this.gate = gate;
    }

    /** Tells whether there is a room to join. Without a room, the paths are the application's or the service's. */
    boolean areThere() {
        return gate.hasRooms();
    }

    /** Returns the methods of all endpoints below this path, by the patterns of their paths. */
    static Map<String, String> methods(String path) {
        return Map.of(
                path + ENQUEUE, "POST",
                path + STATUS, "GET",
                path + ENTER, "POST",
                path + TICKET, "DELETE");
    }

    /** {@code POST /queue/enqueue}. */
    CompletionStage<HttpAnswer> enqueue(GatedCall call, String body) {
        String eventId = field(json(body), "eventId");
        if (eventId == null) {
            return malformed(ENQUEUE, "Expected JSON with a text field eventId.");
        }
        RoomGate room = gate.findRoom(eventId);
        if (room == null) {
            // Without the name: whoever calls may write anything there.
            log.debug("Unknown room: endpoint={}", ENQUEUE);
            return answer(HttpAnswer.problem(Problem.UNKNOWN_ROOM, "There is no waiting room of that name."));
        }
        Visitor visitor = room.visitors().of(call);
        Credential ticket = visitor.ticket();
        CompletionStage<HttpAnswer> answer = ticket == null
                ? join(room, call, visitor)
                : room.room().statusAsync(ticket.token()).thenCompose(standing -> switch (standing.state()) {
                    case QUEUED, READY -> answer(joined(room, call, visitor, ticket.token(), ticket.token(), standing));
                    case USED, EXPIRED -> join(room, call, visitor);
                });
        return answer.exceptionally(room::refusal);
    }

    private static CompletionStage<HttpAnswer> join(RoomGate room, GatedCall call, Visitor visitor) {
        return room.greet(call, visitor)
                .thenCompose(refusal -> refusal.isPresent()
                        ? answer(refusal.get())
                        : room.room()
                                .joinAsync(visitor.name())
                                .thenApply(ticket -> joined(
                                        room, call, visitor, tokenOf(ticket), ticket.token(), ticket.standing())));
    }

    private static HttpAnswer joined(
            RoomGate room, GatedCall call, Visitor visitor, String cookie, String ticketId, Standing standing) {
        room.observer().joined();
        room.visitors().giveCookie(call, visitor, cookie);
        return HttpAnswer.json(201, fields(ticketId, standing));
    }

    private static String tokenOf(Ticket ticket) {
        Pass pass = ticket.pass();
        return pass == null ? ticket.token() : pass.token();
    }

    /** {@code GET /queue/status}. */
    CompletionStage<HttpAnswer> status(@Nullable String ticketId) {
        if (ticketId == null || ticketId.isEmpty()) {
            return malformed(STATUS, "Expected the query parameter ticketId.");
        }
        RoomGate room = gate.findRoomOf(ticketId);
        if (room == null) {
            return invalidTicket(STATUS);
        }
        return room.room()
                .statusAsync(ticketId)
                .thenApply(standing -> HttpAnswer.json(200, fields(ticketId, standing)))
                .exceptionally(room::refusal);
    }

    /** {@code POST /queue/enter}. */
    CompletionStage<HttpAnswer> enter(GatedCall call, String body) {
        JsonNode json = json(body);
        String ticketId = field(json, "ticketId");
        String gateToken = field(json, "gateToken");
        if (ticketId == null || gateToken == null) {
            return malformed(ENTER, "Expected JSON with the text fields ticketId and gateToken.");
        }
        RoomGate room = gate.findRoomOf(ticketId);
        if (room == null) {
            return invalidTicket(ENTER);
        }
        Visitor visitor = room.visitors().of(call);
        Credential ticket = room.room().read(visitor.name(), ticketId);
        // A visitor who repeats the call while inside does not enter again.
        CompletionStage<Boolean> insideAlready =
                room.room().statusAsync(ticketId).thenApply(standing -> standing.state() == Standing.State.USED);
        CompletableFuture<Pass> entered =
                room.room().enterAsync(visitor.name(), ticketId, gateToken).toCompletableFuture();
        Passage.of(call).waitsFor(entered);
        return insideAlready
                .thenCombine(entered, (inside, pass) -> {
                    if (!inside && ticket != null) {
                        room.observer().entered(ticket.age());
                    }
                    room.visitors().givePass(call, visitor, pass);
                    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                    fields.put("status", "entered");
                    fields.put("expiresAt", pass.expiresAt().toString());
                    return HttpAnswer.json(201, fields);
                })
                .exceptionally(room::refusal);
    }

    /** {@code DELETE /queue/tickets/{ticketId}}. */
    CompletionStage<HttpAnswer> leave(String ticketId) {
        RoomGate room = gate.findRoomOf(ticketId);
        if (room == null) {
            return invalidTicket(TICKET);
        }
        return room.room()
                .leaveTicketAsync(ticketId)
                .thenApply(from -> {
                    room.observer().left(from);
                    return HttpAnswer.noContent();
                })
                .exceptionally(room::refusal);
    }

    private static Map<String, @Nullable Object> fields(String ticketId, Standing standing) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("ticketId", ticketId);
        fields.putAll(fields(standing));
        return fields;
    }

    /** Returns the JSON fields of a standing, without its ticket. */
    static Map<String, @Nullable Object> fields(Standing standing) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("state", standing.state());
        if (standing.state() == Standing.State.QUEUED && !standing.holding()) {
            fields.put("position", standing.position());
        }
        if (standing.gateToken() != null) {
            fields.put("gateToken", standing.gateToken());
        }
        if (standing.eta() != null) {
            fields.put("etaSeconds", HttpAnswer.wholeSeconds(standing.eta().toNanos()));
        }
        fields.put("pollAfterMs", standing.pollAfter().toMillis());
        fields.put("holding", standing.holding());
        return fields;
    }

    /** Reads a body; what is not JSON has no fields. */
    private static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            return JSON.missingNode();
        }
    }

    /** Returns a text field of a JSON object, or null if there is none. */
    private static @Nullable String field(JsonNode json, String name) {
        JsonNode node = json.get(name);
        return node == null || !node.isString() || node.stringValue().isEmpty() ? null : node.stringValue();
    }

    private static CompletionStage<HttpAnswer> malformed(String endpoint, String detail) {
        log.debug("Malformed request: endpoint={}", endpoint);
        return answer(HttpAnswer.problem(Problem.MALFORMED, detail));
    }

    private static CompletionStage<HttpAnswer> invalidTicket(String endpoint) {
        log.debug("Ticket of no room: endpoint={}", endpoint);
        return answer(HttpAnswer.problem(Problem.INVALID_TICKET, "The token is not one of a room here."));
    }

    private static CompletionStage<HttpAnswer> answer(HttpAnswer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
