package io.sluice.benchmarks.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class GatewayOverheadTest {

    @Test
    void helpNamesTheContendersAsTheOptionTakesThem() {
        List<String> names = Stream.of(Contender.values())
                .map(contender -> contender.name().toLowerCase(Locale.ROOT))
                .toList();
        CommandLine line = GatewayOverhead.commandLine();

        assertThat(line.getUsageMessage()).contains(names);
        List<Contender> read =
                line.parseArgs("--contender", String.join(",", names)).matchedOptionValue("--contender", List.of());
        assertThat(read).containsExactly(Contender.values());
    }
}
