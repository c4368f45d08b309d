package io.sluice.benchmarks.replay;

import java.util.Map;

/**
 * One user's way through the sale, as the load test walks it: step by step, no think time but before each poll, and a
 * failed step goes on with {@code ERROR} or {@code NONE} in place of what it should have brought.
 */
final class Journey {

    static final long POLL_THINK_NANOS = Durations.seconds(2);
    static final String EVENT = "event-1";
    private static final String ERROR = "ERROR";
    private static final String NONE = "NONE";

    private final int user;
    private final LoadClient client;
    private final long rampStartNanos;
    private final SchedulingLag lag;
    private final Recorder recorder;
    private final Runnable finished;
    private int stepsDone;
    private String token = ERROR;
    private String ticketId = ERROR;
    private String gateToken = NONE;
    private String orderId = ERROR;
    private String paymentId = ERROR;

    Journey(int user, LoadClient client, long rampStartNanos, SchedulingLag lag, Recorder recorder, Runnable finished) {
        this.user = user;
        this.client = client;
        this.rampStartNanos = rampStartNanos;
        this.lag = lag;
        this.recorder = recorder;
        this.finished = finished;
    }

    /** Goes on with the next step, or ends. */
    void proceed() {
        if (stepsDone == Step.JOURNEY.size()) {
            finished.run();
            return;
        }
        Step step = Step.JOURNEY.get(stepsDone);
        if (step == Step.STATUS) {
            lag.schedule(client.timeline(), POLL_THINK_NANOS, () -> take(step));
        } else {
            take(step);
        }
    }

    private void take(Step step) {
        long startNanos = nowNanos();
        recorder.sending();
        var unused = client.send(user, call(step)).subscribe(answer -> {
            boolean ok = learn(step, answer) && answer.status() == step.assertedStatus();
            recorder.add(new Sample(user, step, startNanos, nowNanos(), answer.status(), ok));
            stepsDone++;
            proceed();
        });
    }

    private long nowNanos() {
        return client.timeline().nowNanos() - rampStartNanos;
    }

    private Call call(Step step) {
        return switch (step) {
            case LOGIN -> Call.logIn("user-" + user);
            case ENQUEUE -> Call.post("/queue/enqueue", token, Map.of("eventId", EVENT));
            case STATUS -> Call.get("/queue/status?ticketId=" + ticketId, token);
            case ENTER -> Call.post("/queue/enter", token, Map.of("ticketId", ticketId, "gateToken", gateToken));
            case EVENT -> Call.get("/events/" + EVENT, token);
            case ORDER -> Call.order(token);
            case PAYMENT -> Call.post("/payments", token, Map.of("orderId", orderId));
            case CALLBACK -> Call.post("/payments/callback", token, Map.of("paymentId", paymentId));
            case VERIFY -> Call.get("/orders/" + orderId, token);
        };
    }

    /** Keeps what later steps need; false when the step should have brought it and did not. */
    private boolean learn(Step step, Answer answer) {
        switch (step) {
            case LOGIN:
                token = extract(answer, "accessToken", ERROR);
                return !token.equals(ERROR);
            case ENQUEUE:
                ticketId = extract(answer, "ticketId", ERROR);
                return !ticketId.equals(ERROR);
            case STATUS:
                // Most polls bring none, and that is no error: the visitor still waits.
                gateToken = extract(answer, "gateToken", NONE);
                return true;
            case ORDER:
                orderId = extract(answer, "orderId", ERROR);
                return !orderId.equals(ERROR);
            case PAYMENT:
                paymentId = extract(answer, "paymentId", ERROR);
                return !paymentId.equals(ERROR);
            default:
                return true;
        }
    }

    private static String extract(Answer answer, String field, String otherwise) {
        String value = answer.field(field);
        return value.isEmpty() ? otherwise : value;
    }
}
