package io.sluice.benchmarks.replay;

import java.util.Locale;

/** What stands between the crowd and the shop, and who else comes. */
enum Arm {
    UNPROTECTED("a", 2, false, false, "plain gateways, and the waiting queue that the shop had"),
    SLUICE_2("b2", 2, true, false, "the same pods with Sluice in 2 gateways"),
    SLUICE_3("b3", 3, true, false, "the same pods with Sluice in 3 gateways"),
    HOSTILE("c", 3, true, true, "Sluice in 3 gateways, and hostile users beside the crowd");

    private final String letter;
    private final int gateways;
    private final boolean guarded;
    private final boolean hostile;
    private final String meaning;

    Arm(String letter, int gateways, boolean guarded, boolean hostile, String meaning) {
        this.letter = letter;
        this.gateways = gateways;
        this.guarded = guarded;
        this.hostile = hostile;
        this.meaning = meaning;
    }

    /** Finds an arm by its name ({@code sluice-2}) or by its letter ({@code b2}). */
    static Arm parse(String text) {
        for (Arm arm : values()) {
            if (arm.label().equals(text) || arm.letter.equals(text)) {
                return arm;
            }
        }
        throw new IllegalArgumentException(
                "expected unprotected (a), sluice-2 (b2), sluice-3 (b3) or hostile (c), but got '" + text + "'");
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String letter() {
        return letter;
    }

    int gateways() {
        return gateways;
    }

    /** Tells whether Sluice stands in front of the shop. */
    boolean guarded() {
        return guarded;
    }

    boolean hostile() {
        return hostile;
    }

    String meaning() {
        return meaning;
    }
}
