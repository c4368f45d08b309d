package io.sluice.benchmarks.replay;

/** One run of the load: what is measured, on which pods, through how many gateways and with which seed. */
record ArmPlan(Arm arm, PodShape pods, int gateways, long seed) {

    String title() {
        return "(" + arm.letter() + ") " + name();
    }

    String subtitle() {
        return gateways + " gateways, " + pods + " core";
    }

    private String name() {
        return arm.guarded() ? (arm.hostile() ? "Sluice + hostile" : "Sluice") : "unprotected";
    }
}
