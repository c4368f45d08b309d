package io.sluice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The house rules of this module. */
class ArchitectureTest {

    /** Whoever adds to this list makes a promise to callers. Nested types follow the type they are in. */
    private static final String[] PUBLIC_TYPES = {
        "AdmissionException",
        "Backend",
        "Bandwidth",
        "Bound",
        "Credential",
        "Decision",
        "FairQueue",
        "Guard",
        "GuardStore",
        "Limit",
        "LimitStore",
        "LocalBackend",
        "Pass",
        "Place",
        "RateLimiter",
        "Room",
        "RoomSnapshot",
        "RoomStore",
        "Sightings",
        "Signer",
        "Standing",
        "StoreUnavailableException",
        "Ticket",
        "TimeSource",
        "WaitingRoom",
    };

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sluice");

    @Test
    void onlyWhatIsMeantForCallersIsPublic() {
        assertThat(classes.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(PUBLIC_TYPES);
    }

    @Test
    void coreKnowsNeitherSpringNorLettuce() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.lettuce..", "io.netty..", "reactor..")
                .check(classes);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("(**)").should().beFreeOfCycles().check(classes);
    }
}
