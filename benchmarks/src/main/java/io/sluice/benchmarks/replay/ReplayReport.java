package io.sluice.benchmarks.replay;

import java.util.List;

/**
 * All results at the end.
 *
 * @param seedLines one line for each seed of an unprotected arm, if several were run
 */
record ReplayReport(
        List<ArmResult> results, List<String> seedLines, List<String> model, List<String> conditions, Verdict verdict) {

    /** Notes on the rows. */
    static final List<String> NOTES = List.of(
            "Report: the test that failed, with 2 and with 3 gateway pods. Reproduction: its journey against such a"
                    + " system on 2 pods of 0.4 core, two runs. A dash: not told, or does not apply.",
            "Here a pod serves first come, first served, so one login at a time. The reproduction found that kinder than"
                    + " logins that share the CPU: with at most one at a time for each pod it had 10.8 % errors, 962"
                    + " buyers and 796 entered.",
            "Users who finished: here those whose 18 requests were all ok; the report counts those who could log in.",
            "Inside at once, at least: by what the users saw, each from the answer to entering until they sent the"
                    + " callback, which gives the place back. Those who were called and have not entered yet hold places, too.",
            "Quarters: of the run's duration here, the report's own four phases there.",
            "Longest login, the least possible: logins come faster than the pods can do them, so somebody waits at"
                    + " least that long, however they are shaped. Estimate: the same with all calls that reach the pods,"
                    + " as if these were spread evenly; those that come while the pods have time to spare delay no"
                    + " login, so that the longest may be shorter.");
}
