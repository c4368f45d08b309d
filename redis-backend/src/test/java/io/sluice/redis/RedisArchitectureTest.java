package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class RedisArchitectureTest {

    @Test
    void backendIsAllThatCallersSee() {
        assertThat(new ClassFileImporter()
                                .withImportOption(new ImportOption.DoNotIncludeTests())
                                .importPackages("io.sluice.redis")
                                .stream()
                                .filter(type ->
                                        type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
                                .map(JavaClass::getSimpleName))
                .containsExactly("RedisBackend");
    }
}
