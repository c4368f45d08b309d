package io.sluice.benchmarks.replay;

/** Which gateway gets a request of a user, as the load balancer before the gateways decides. */
enum Affinity {
    /** Each user stays on one gateway: sticky sessions, or a kept connection. */
    USER {
        @Override
        int gateway(int user, int request) {
            return user;
        }
    },
    /** Each request of a user goes to the next gateway. */
    NONE {
        @Override
        int gateway(int user, int request) {
            return user + request;
        }
    };

    /**
     * Returns the number of the gateway, counted round.
     *
     * @param request how many requests the user has sent before
     */
    abstract int gateway(int user, int request);
}
