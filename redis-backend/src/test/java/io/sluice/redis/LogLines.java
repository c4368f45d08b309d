package io.sluice.redis;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is logged from its creation until it is closed. SLF4J's simple provider writes to {@code System.err}. */
final class LogLines implements AutoCloseable {

    private final PrintStream before = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    LogLines() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    /** Returns the level and the text of each line of a class, such as {@code WARN Redis does not answer}. */
    List<String> of(Class<?> logger) {
        String name = " " + logger.getName() + " - ";
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(name))
                .map(line -> line.substring(line.indexOf("] ") + 2).replace(name, " "))
                .toList();
    }

    @Override
    public void close() {
        System.setErr(before);
        before.print(bytes.toString(StandardCharsets.UTF_8));
    }
}
