package io.sluice.benchmarks.replay;

/**
 * The bounds of the two guards, for the whole shop.
 *
 * @param logins how many logins may be at the pods at once
 * @param calls how many other calls
 */
record GuardBounds(int logins, int calls) {

    /*
     * LOGINS. One login that runs and one that waits for it keep a pod busy. But the balancer counts requests, not
     * their cost, so a pod sometimes gets the logins of another pod. A probe that waits behind them must be answered
     * in time. So all logins together are no more than fills two thirds of the probe's timeout on every pod. A pod of
     * 0.4 core does a login in 0.245 s, and two of them fill 0.49 of 1 s. A pod of 0.25 core takes 0.392 s, so it
     * gets 1.7, which makes 5 for three pods.
     *
     * OTHER CALLS. They wait behind logins and stay in the balancer's count meanwhile. Too many of them hide from the
     * balancer where the logins are, and each call that a hostile user is granted takes time from somebody's login.
     * With too few, buyers wait. Where a login always waits, every call waits for one to end: 12 for each pod. Where
     * pods have moments without a login, four for each pod suffice.
     *
     * Both were found in a simulation of pods, guards, balancer and probes with the hostile users, 6 to 20 seeds
     * each, and confirmed by the replay. On 3 x 0.25 core 6 logins and 36 calls took pods out in some runs, 4 logins
     * and 12 or more calls let users wait for longer than 25 s, 6 logins and 12 calls starved the calls. On 2 x
     * 0.4 core 4 logins and 12 calls made no errors, but a request took 0.7 s in the mean; with 24 calls it takes
     * 0.3 s.
     */
    private static final double MOST_LOGINS_PER_POD = 2;

    private static final double PART_OF_PROBE_TIMEOUT = 2.0 / 3;
    private static final int CALLS_PER_POD_BEHIND_A_LOGIN = 12;
    private static final int CALLS_PER_POD = 4;

    /** Returns the bounds that suit these pods. */
    static GuardBounds of(PodShape pods, ShopModel model) {
        double loginNanos = model.loginCoreNanos() / pods.coresPerPod();
        double loginsInTime = PART_OF_PROBE_TIMEOUT * model.probes().timeoutNanos() / loginNanos;
        boolean loginsWait = loginsInTime >= MOST_LOGINS_PER_POD;
        double loginsPerPod = loginsWait ? MOST_LOGINS_PER_POD : loginsInTime;
        return new GuardBounds(
                Math.max(1, (int) (pods.pods() * loginsPerPod)),
                pods.pods() * (loginsWait ? CALLS_PER_POD_BEHIND_A_LOGIN : CALLS_PER_POD));
    }
}
