package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/** The executions of Surefire, one for each class path. A test that none of them takes would never run. */
class TestExecutionsTest {

    private static final Pattern TAG = Pattern.compile("^@Tag\\(\"(.+)\"\\)$", Pattern.MULTILINE);

    private final Document pom = read(Path.of("pom.xml"));
    private final XPath xpath = XPathFactory.newInstance().newXPath();

    private static Document read(Path file) {
        try {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        } catch (IOException | SAXException | ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> tagsThatTheFirstLeavesOut() throws XPathExpressionException {
        String tags = xpath.evaluate("//execution[id='default-test']/configuration/excludedGroups", pom);
        return List.of(tags.trim().split("[\\s|]+"));
    }

    private boolean isNamed(Path test, String tag) throws XPathExpressionException {
        String named = "boolean(//execution/configuration[groups='%s']/includes[include='**/%s'])";
        return Boolean.parseBoolean(xpath.evaluate(named.formatted(tag, test.getFileName()), pom));
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            return files.filter(file -> file.toString().endsWith("Test.java")).toList();
        }
    }

    @Test
    void nameEveryTestThatTheFirstLeavesOut() throws IOException, XPathExpressionException {
        List<String> leftOut = tagsThatTheFirstLeavesOut();
        assertThat(leftOut).contains("webflux", "servlet");
        for (Path test : sources()) {
            List<String> tags = TAG.matcher(Files.readString(test))
                    .results()
                    .map(result -> result.group(1))
                    .filter(leftOut::contains)
                    .toList();
            for (String tag : tags) {
                assertThat(isNamed(test, tag)).as(test + " under " + tag).isTrue();
            }
        }
    }
}
