package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;

/** What the documents print as YAML starts: the first block of a page alone, and each of the others with the first. */
class PrintedYamlTest {

    private static Stream<Arguments> configurations() {
        return Stream.of("README.md", "docs/getting-started.md", "docs/configuration.md")
                .flatMap(PrintedYamlTest::configurationsOf);
    }

    private static Stream<Arguments> configurationsOf(String page) {
        List<String> blocks = PrintedYaml.blocks(page);
        String first = blocks.get(0);
        return blocks.stream()
                .map(block -> Arguments.of(
                        page, block, block.equals(first) ? new String[] {block} : new String[] {first, block}));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("configurations")
    void starts(String page, String block, String[] together) {
        try (App app = App.start(
                WebApplicationType.REACTIVE, App.Empty.class, PrintedYaml.properties(together), null, new Service())) {
            assertThat(app.bean(HttpGate.class).limits()).isNotEmpty();
        }
    }
}
