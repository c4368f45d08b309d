package io.sluice.benchmarks.replay;

import java.util.Map;

/**
 * The shop's answer.
 *
 * @param releasesPlace whether it carries {@code Sluice-Release: true}: the purchase is done
 */
record ShopReply(int status, Map<String, Object> body, boolean releasesPlace) {

    static ShopReply of(int status, Map<String, Object> body) {
        return new ShopReply(status, body, false);
    }

    static ShopReply refusal(int status, String reason) {
        return of(status, Map.of("error", reason));
    }
}
