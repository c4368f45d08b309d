package io.sluice.benchmarks.replay;

import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * One user's way through the sale, as the load test walks it: step by step, with think time only before each poll.
 * After a failed step the user goes on with {@code ERROR} or {@code NONE} in place of what the step should have
 * brought. The login and each poll are due at a planned time and count from then, however late the client was; every
 * other step is due when the one before is answered.
 */
final class Journey {

    static final long POLL_THINK_NANOS = Durations.seconds(2);
    static final String EVENT = "event-1";
    private static final String ERROR = "ERROR";
    private static final String NONE = "NONE";

    /** Sends a call. Never fails: a failure is an answer, too. */
    interface Sender {
        /**
         * Sends a user's call.
         *
         * @param request how many requests the user has sent before
         */
        Mono<Answer> send(int user, int request, Call call);
    }

    private final int user;
    private final Sender sender;
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

    Journey(int user, Sender sender, long rampStartNanos, SchedulingLag lag, Recorder recorder, Runnable finished) {
        this.user = user;
        this.sender = sender;
        this.rampStartNanos = rampStartNanos;
        this.lag = lag;
        this.recorder = recorder;
        this.finished = finished;
    }

    /** Begins with the first step, which was due at {@code dueNanos} of the timeline. */
    void begin(long dueNanos) {
        take(Step.JOURNEY.get(0), dueNanos);
    }

    /** Goes on with the next step, or ends. */
    private void proceed() {
        if (stepsDone == Step.JOURNEY.size()) {
            finished.run();
            return;
        }
        Step step = Step.JOURNEY.get(stepsDone);
        if (step == Step.STATUS) {
            lag.schedule(POLL_THINK_NANOS, dueNanos -> take(step, dueNanos));
        } else {
            take(step, lag.nowNanos());
        }
    }

    private void take(Step step, long dueNanos) {
        recorder.sending();
        var unused = sender.send(user, stepsDone, call(step)).subscribe(answer -> {
            boolean ok = learn(step, answer) && answer.status() == step.assertedStatus();
            long endNanos = lag.nowNanos();
            recorder.add(
                    new Sample(user, step, dueNanos - rampStartNanos, endNanos - rampStartNanos, answer.status(), ok));
            stepsDone++;
            proceed();
        });
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

    /** Keeps what later steps need; returns false if the step should have brought it and did not. */
    private boolean learn(Step step, Answer answer) {
        switch (step) {
            case LOGIN:
                token = extract(answer, "accessToken", ERROR);
                return !token.equals(ERROR);
            case ENQUEUE:
                ticketId = extract(answer, "ticketId", ERROR);
                return !ticketId.equals(ERROR);
            case STATUS:
                // Most polls bring no token, and that is no error: the visitor still waits.
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
