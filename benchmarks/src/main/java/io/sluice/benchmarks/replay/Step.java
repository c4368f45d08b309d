package io.sluice.benchmarks.replay;

import static java.util.Collections.nCopies;

import java.util.List;
import java.util.stream.Stream;

/** The steps of the load test's journey, with the status that the test asserts. */
enum Step {
    LOGIN("login", 201),
    ENQUEUE("enqueue", 201),
    STATUS("queue status", 200),
    ENTER("enter queue", 201),
    EVENT("event detail", 200),
    ORDER("create order", 201),
    PAYMENT("create payment", 201),
    CALLBACK("payment callback", 201),
    VERIFY("verify order", 200);

    static final int POLLS = 10;

    /** What each user does, in order: 18 requests, whatever happens on the way. */
    static final List<Step> JOURNEY = Stream.of(
                    List.of(LOGIN, ENQUEUE),
                    nCopies(POLLS, STATUS),
                    List.of(ENTER, EVENT, ORDER, PAYMENT, CALLBACK, VERIFY))
            .flatMap(List::stream)
            .toList();

    private final String label;
    private final int assertedStatus;

    Step(String label, int assertedStatus) {
        this.label = label;
        this.assertedStatus = assertedStatus;
    }

    String label() {
        return label;
    }

    int assertedStatus() {
        return assertedStatus;
    }

    int requestsPerUser() {
        return this == STATUS ? POLLS : 1;
    }

    /** Tells whether a user who bought has this step behind them. */
    boolean buying() {
        return this == ORDER || this == PAYMENT || this == CALLBACK || this == VERIFY;
    }
}
