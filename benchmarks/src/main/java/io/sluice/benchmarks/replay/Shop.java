package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The shop that failed: a balancer, pods behind it, a database behind these, and the queue it had. Lives on one
 * timeline and is called on its thread only.
 */
final class Shop {

    private final ShopModel model;
    private final Timeline timeline;
    private final Random random;
    private final List<Pod> pods = new ArrayList<>();
    private final Balancer balancer;
    private final DatabasePool database;
    private final OldQueue queue;
    private final List<PodEvent> events = new ArrayList<>();
    private final Map<String, Long> callsByToken = new HashMap<>();
    private final Set<String> orders = new HashSet<>();
    private final Set<String> payments = new HashSet<>();
    private long longestBacklogNanos;

    Shop(ShopModel model, PodShape shape, Timeline timeline, Random random) {
        this.model = model;
        this.timeline = timeline;
        this.random = random;
        for (int i = 1; i <= shape.pods(); i++) {
            pods.add(new Pod("pod-" + i, shape.coresPerPod(), timeline));
        }
        this.balancer = new Balancer(pods);
        this.database = new DatabasePool(model.databaseConnections(), timeline);
        this.queue = new OldQueue(model, random);
    }

    /** Starts the probes and the queue's promotion. */
    void start() {
        pods.forEach(pod -> new Prober(pod, model, timeline, events::add).start(random.nextDouble()));
        timeline.schedule(model.promotionPeriodNanos(), this::promote);
    }

    /** Takes a request from the balancer's door; the client gets exactly one answer. */
    void handle(ShopRequest request, Consumer<ShopReply> client) {
        if (!request.token().isEmpty()) {
            callsByToken.computeIfPresent(request.token(), (token, calls) -> calls + 1);
        }
        Optional<Pod> pod = balancer.pick();
        if (pod.isEmpty()) {
            client.accept(ShopReply.refusal(503, "no pod is ready"));
            return;
        }
        boolean login = request.is("POST", "/auth/login");
        pod.get().accept(login ? model.loginCoreNanos() : model.callCoreNanos(), client, reply -> {
            if (login) {
                reply.accept(logIn(request));
            } else {
                route(request, reply);
            }
        });
        longestBacklogNanos = Math.max(longestBacklogNanos, pod.get().backlogNanos());
    }

    /** Returns how many requests with this token reached the shop. */
    long callsWith(String token) {
        return callsByToken.getOrDefault(token, 0L);
    }

    ShopFigures figures() {
        return new ShopFigures(List.copyOf(events), longestBacklogNanos, database.longestQueue());
    }

    private void route(ShopRequest request, Consumer<ShopReply> reply) {
        if (request.is("GET", "/queue/status")) {
            reply.accept(status(request));
        } else if (request.method().equals("GET") && request.path().startsWith("/events/")) {
            reply.accept(ShopReply.of(200, Map.of("eventId", lastSegment(request))));
        } else if (!callsByToken.containsKey(request.token())) {
            reply.accept(ShopReply.refusal(401, "log in first"));
        } else if (request.is("POST", "/queue/enqueue")) {
            reply.accept(ShopReply.of(201, Map.of("ticketId", queue.enqueue(timeline.nowNanos()))));
        } else if (request.is("POST", "/queue/enter")) {
            reply.accept(enter(request));
        } else if (request.is("POST", "/orders")) {
            inDatabase(reply, this::createOrder);
        } else if (request.is("POST", "/payments")) {
            inDatabase(reply, () -> createPayment(request));
        } else if (request.is("POST", "/payments/callback")) {
            inDatabase(reply, () -> confirmPayment(request));
        } else if (request.method().equals("GET") && request.path().startsWith("/orders/")) {
            inDatabase(reply, () -> showOrder(lastSegment(request)));
        } else {
            reply.accept(ShopReply.refusal(404, "no such page"));
        }
    }

    private ShopReply logIn(ShopRequest request) {
        String token = request.field("email") + "." + Long.toHexString(random.nextLong());
        callsByToken.put(token, 0L);
        return ShopReply.of(201, Map.of("accessToken", token));
    }

    private ShopReply status(ShopRequest request) {
        return queue.status(request.field("ticketId"), timeline.nowNanos())
                .map(place -> ShopReply.of(200, describe(place)))
                .orElseGet(() -> ShopReply.refusal(404, "no such ticket"));
    }

    private static Map<String, Object> describe(OldQueue.Place place) {
        Map<String, Object> body = new HashMap<>();
        body.put("state", place.state().name());
        body.put("position", place.position());
        if (!place.gateToken().isEmpty()) {
            body.put("gateToken", place.gateToken());
        }
        return body;
    }

    private ShopReply enter(ShopRequest request) {
        return queue.enter(request.field("ticketId"), request.field("gateToken"), timeline.nowNanos())
                ? ShopReply.of(201, Map.of("status", "entered"))
                : ShopReply.refusal(409, "not your turn");
    }

    private ShopReply createOrder() {
        String order = "o-" + (orders.size() + 1);
        orders.add(order);
        return ShopReply.of(201, Map.of("orderId", order));
    }

    private ShopReply createPayment(ShopRequest request) {
        if (!orders.contains(request.field("orderId"))) {
            return ShopReply.refusal(404, "no such order");
        }
        String payment = "p-" + (payments.size() + 1);
        payments.add(payment);
        return ShopReply.of(201, Map.of("paymentId", payment));
    }

    private ShopReply confirmPayment(ShopRequest request) {
        return payments.contains(request.field("paymentId"))
                ? new ShopReply(201, Map.of("status", "paid"), true)
                : ShopReply.refusal(404, "no such payment");
    }

    private ShopReply showOrder(String order) {
        return orders.contains(order)
                ? ShopReply.of(200, Map.of("orderId", order))
                : ShopReply.refusal(404, "no such order");
    }

    /** Runs a statement in the database; the pod's loop is free meanwhile. */
    private void inDatabase(Consumer<ShopReply> reply, Supplier<ShopReply> statement) {
        long spreadNanos = model.databaseMaxNanos() - model.databaseMinNanos();
        long durationNanos = model.databaseMinNanos() + (long) (spreadNanos * random.nextDouble());
        database.execute(durationNanos, () -> reply.accept(statement.get()));
    }

    /** Promotes on the leader, the first living pod; while its loop is stalled its timer does not fire. */
    private void promote() {
        timeline.schedule(model.promotionPeriodNanos(), this::promote);
        pods.stream()
                .filter(Pod::living)
                .findFirst()
                .filter(leader -> leader.backlogNanos() < model.promotionPeriodNanos())
                .ifPresent(leader -> leader.takeTurn(model.callCoreNanos(), () -> queue.promote(timeline.nowNanos())));
    }

    private static String lastSegment(ShopRequest request) {
        return request.path().substring(request.path().lastIndexOf('/') + 1);
    }
}
