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

/**
 * Evaluates each line of a file as the calculation of a form and prints it with JavaRosa's answer. A line that starts
 * with `person: ` or `pet: ` is evaluated in each instance of that repeat; the answers are joined by ` ; `.
 */
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

    static String answer(String form, String line) {
        try {
            String hole = "RESULT", expression = line;
            for (String repeat : new String[] {"person", "pet"}) {
                if (line.startsWith(repeat + ": ")) {
                    hole = repeat.toUpperCase(Locale.ROOT);
                    expression = line.substring(repeat.length() + 2);
                }
            }
            String escaped = expression.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
            String xml = form.replace(hole, escaped).replaceAll("calculate=\"(RESULT|PERSON|PET)\"", "");
            FormDef def = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
            def.initialize(true, new InstanceInitializationFactory());
            TreeElement root = def.getMainInstance().getRoot();
            if (hole.equals("RESULT")) return text(root.getFirstChild("result"));
            List<String> answers = new ArrayList<>();
            for (TreeElement person : root.getChildrenWithName("person")) {
                if (person.getMult() == TreeReference.INDEX_TEMPLATE) continue;
                if (hole.equals("PERSON")) answers.add(text(person.getFirstChild("mine")));
                else for (TreeElement pet : person.getChildrenWithName("pet")) {
                    if (pet.getMult() != TreeReference.INDEX_TEMPLATE) answers.add(text(pet.getFirstChild("own")));
                }
            }
            return String.join(" ; ", answers);
        } catch (Throwable e) {
            String said = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
            said = said.substring(said.lastIndexOf("XPath evaluation: ") + 1).replaceFirst("^Path evaluation: ", "");
            return "!" + said.substring(0, Math.min(60, said.length())).trim();
        }
    }

    static String text(TreeElement node) {
        return node.getValue() == null ? "" : node.getValue().uncast().getString();
    }
}
