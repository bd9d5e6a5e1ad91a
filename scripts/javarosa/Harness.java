import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.instance.*;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/** Evaluates each line of a file as the calculation of a form and prints it with JavaRosa's answer. */
public class Harness {
    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.ENGLISH);
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        String form = Files.readString(Path.of(args[0]));
        for (String line : Files.readAllLines(Path.of(args[1]))) {
            if (line.isBlank() || line.startsWith("#")) continue;
            out.println(line + "\t" + answer(form, line));
        }
    }

    static String answer(String form, String expression) {
        try {
            String escaped = expression.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
            String xml = form.replace("EXPRESSION", escaped);
            FormDef def = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
            def.initialize(true, new InstanceInitializationFactory());
            TreeElement node = def.getMainInstance().getRoot().getFirstChild("result");
            return node.getValue() == null ? "" : node.getValue().uncast().getString();
        } catch (Throwable e) {
            String said = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
            said = said.substring(said.lastIndexOf("XPath evaluation: ") + 1).replaceFirst("^Path evaluation: ", "");
            return "!" + said.substring(0, Math.min(60, said.length())).trim();
        }
    }
}
