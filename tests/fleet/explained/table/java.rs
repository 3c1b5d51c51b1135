//! Sources in Java.

use super::{CAUSED_BY_PLATFORM, CAUSED_BY_SOURCE, Case, NONE};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "maven: compile error",
        needs: "mvn",
        is_slow: true,
        files: &[(
            "src/main/java/fn/Hello.java",
            "package fn;\n\npublic class Hello {\n  Nothing x;\n}\n",
        )],
        copied: POM,
        flags: JAVA,
        headline: "cannot find symbol",
        shown: &["class Nothing"],
        hidden: &["Re-run Maven"],
    },
    Case {
        name: "maven: invalid pom.xml",
        needs: "mvn",
        files: &[
            ("pom.xml", "<project>\n  <modelVersion>4.0.0</modelVersion>\n"),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "pom.xml",
        hidden: &["Re-run Maven"],
        ..NONE
    },
    Case {
        name: "maven: unknown artifact",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", UNKNOWN_ARTIFACT),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "com.example.longshore:nothere",
        ..NONE
    },
    Case {
        name: "maven: repository cannot be reached",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", UNREACHABLE_REPOSITORY),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "127.0.0.1:9",
        shown: &[CAUSED_BY_PLATFORM],
        hidden: &["Re-run Maven"],
        ..NONE
    },
    Case {
        name: "maven: unknown class",
        needs: "mvn",
        is_slow: true,
        files: &[("src/main/java/fn/Other.java", "package fn;\n\npublic class Other {}\n")],
        copied: POM,
        flags: JAVA,
        headline: "fn.Hello",
        ..NONE
    },
    Case {
        name: "maven: newer Java",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", NEWER_JAVA),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "release: 99",
        shown: &["This machine has Java"],
        ..NONE
    },
    Case {
        name: "java: two candidates",
        needs: "java",
        files: &[
            ("pom.xml", ""),
            ("src/main/java/fn/One.java", "package fn;\n\nclass One implements HttpFunction {}\n"),
            ("src/main/java/fn/Two.java", "package fn;\n\nclass Two implements HttpFunction {}\n"),
        ],
        headline: "fn.One (src/main/java/fn/One.java:3); fn.Two (src/main/java/fn/Two.java:3)",
        ..NONE
    },
    Case {
        name: "java: exception at start",
        needs: "mvn",
        is_slow: true,
        files: &[("src/main/java/fn/Hello.java", JAVA_THROWS)],
        copied: POM,
        headline: "DB_URL is required",
        hidden: &["\n        \tat "],
        ..NONE
    },
    Case {
        name: "gradle: not installed",
        needs: "!gradle",
        files: &[("build.gradle", "plugins { id 'java' }\n"), ("src/main/java/fn/Hello.java", "")],
        flags: JAVA,
        headline: "gradle, which is not on the PATH",
        shown: &[CAUSED_BY_PLATFORM, "install Gradle"],
        ..NONE
    },
    Case {
        name: "gradle: wrapper cannot download",
        needs: "java",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            (
                "gradlew",
                "#!/bin/sh\necho 'Downloading https://services.gradle.org/distributions/gradle-8.10-bin.zip'\necho 'Exception in thread \"main\" java.net.UnknownHostException: services.gradle.org' >&2\nexit 1\n",
            ),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "UnknownHostException: services.gradle.org",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "gradle: wrapper of Windows cannot download",
        needs: "java",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            (
                "gradlew",
                "#!/bin/sh\r\necho 'Exception in thread \"main\" java.net.UnknownHostException: services.gradle.org' >&2\r\nexit 1\r\n",
            ),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "UnknownHostException: services.gradle.org",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "gradle: wrapper without its program",
        needs: "java",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            (
                "gradlew",
                "#!/bin/sh\necho 'Error: Could not find or load main class org.gradle.wrapper.GradleWrapperMain' >&2\nexit 1\n",
            ),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "Could not find or load main class org.gradle.wrapper.GradleWrapperMain",
        shown: &["gradle-wrapper.jar is not in the source", CAUSED_BY_SOURCE],
        ..NONE
    },
    Case {
        name: "gradle: compile error",
        needs: "gradle",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            ("settings.gradle", "rootProject.name = 'x'\n"),
            (
                "src/main/java/fn/Hello.java",
                "package fn;\n\npublic class Hello {\n  Nothing x;\n}\n",
            ),
        ],
        flags: JAVA,
        headline: "cannot find symbol",
        ..NONE
    },
    Case {
        name: "maven: several errors",
        needs: "mvn",
        is_slow: true,
        files: &[(
            "src/main/java/fn/Hello.java",
            "package fn;\n\nimport org.nothere.Foo;\n\npublic class Hello {\n  Nothing x;\n  int y = \"a\";\n  void f() { g(); }\n}\n",
        )],
        copied: POM,
        flags: JAVA,
        headline: "Hello.java:[3,19] package org.nothere does not exist",
        shown: &[
            "class Nothing",
            "incompatible types: java.lang.String cannot be converted to int",
        ],
        hidden: &["Re-run Maven", "Failed to execute goal"],
    },
    Case {
        name: "maven: repository refuses",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", REFUSING_REPOSITORY),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "401",
        hidden: &["Re-run Maven"],
        ..NONE
    },
    Case {
        name: "gradle: unknown artifact",
        needs: "gradle",
        is_slow: true,
        files: &[
            (
                "build.gradle",
                "apply plugin: 'java'\nrepositories { mavenCentral() }\ndependencies { implementation 'com.example.longshore:nothere:1' }\n",
            ),
            ("settings.gradle", "rootProject.name = 'x'\n"),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "Could not find com.example.longshore:nothere:1",
        ..NONE
    },
    Case {
        name: "gradle: mistake in build.gradle",
        needs: "gradle",
        is_slow: true,
        files: &[
            ("build.gradle", "apply plugin: 'java'\ndependencies { implementationn 'a:b:1' }\n"),
            ("settings.gradle", "rootProject.name = 'x'\n"),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "Could not find method implementationn()",
        shown: &["build.gradle' line: 2"],
        ..NONE
    },
];

const POM: &[&str] = &["examples/java-http/pom.xml"];

const JAVA: &[&str] = &["--entry-point", "fn.Hello"];

const UNREACHABLE_REPOSITORY: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <repositories>
    <repository>
      <id>internal</id>
      <url>https://127.0.0.1:9/maven</url>
    </repository>
  </repositories>
  <dependencies>
    <dependency>
      <groupId>com.example.longshore</groupId>
      <artifactId>nothere</artifactId>
      <version>1</version>
    </dependency>
  </dependencies>
</project>
";

const REFUSING_REPOSITORY: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <repositories>
    <repository>
      <id>internal</id>
      <url>http://{refusing}/maven</url>
    </repository>
  </repositories>
  <dependencies>
    <dependency>
      <groupId>com.example.longshore</groupId>
      <artifactId>nothere</artifactId>
      <version>1</version>
    </dependency>
  </dependencies>
</project>
";

const JAVA_THROWS: &str = "package fn;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;

public class Hello implements HttpFunction {
  public Hello() {
    throw new IllegalStateException(\"DB_URL is required\");
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) {}
}
";

const NEWER_JAVA: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>99</maven.compiler.source>
    <maven.compiler.target>99</maven.compiler.target>
  </properties>
</project>
";

const UNKNOWN_ARTIFACT: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.example.longshore</groupId>
      <artifactId>nothere</artifactId>
      <version>1</version>
    </dependency>
  </dependencies>
</project>
";
