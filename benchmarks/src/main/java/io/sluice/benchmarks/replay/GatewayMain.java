package io.sluice.benchmarks.replay;

import java.io.IOException;
import java.util.Map;

/** A gateway as a process; {@link GatewayProcess} starts it. */
public final class GatewayMain {

    /** The beginning of the line with the gateway's address. */
    static final String LISTENS_AT = "gateway listens at ";

    private GatewayMain() {}

    /** Starts a gateway with these properties ({@code --name=value}), and ends when standard input does. */
    public static void main(String[] arguments) throws IOException {
        GatewayContext gateway = GatewayContext.start(Map.of(), context -> {}, arguments);
        System.out.println(LISTENS_AT + gateway.uri());
        // Nobody writes: the pipe ends with the replay, even if the replay was killed and could close nothing.
        var unused = System.in.readAllBytes();
        Runtime.getRuntime().halt(0);
    }
}
