import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.javarosa.core.model.*;
import org.javarosa.core.model.data.*;
import org.javarosa.core.model.instance.*;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.*;
import org.javarosa.model.xform.*;
import org.javarosa.xform.util.*;

/**
 * Answers a form as a client does, question by question, and prints the submission JavaRosa writes.
 * Arguments: the XForm, then any number of files of answers, one `path=value` a line (`person[2]/name=Li`); beside each
 * `x.answers` an `x.xml` is written. The instanceID is made the same in every run.
 */
public class Submission {
    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.ENGLISH);
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        String form = Files.readString(Path.of(args[0]));
        for (int i = 1; i < args.length; i++) {
            Map<String, String> answers = new LinkedHashMap<>();
            for (String line : Files.readAllLines(Path.of(args[i]))) {
                int at = line.indexOf('=');
                if (at > 0) answers.put(line.substring(0, at), line.substring(at + 1).replace("\\n", "\n").replace("\\t", "\t"));
            }
            Files.write(Path.of(args[i].replaceAll("\\.answers$", ".xml")), fill(form, answers));
        }
    }

    static byte[] fill(String form, Map<String, String> answers) throws Exception {
        FormDef def = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(form.getBytes(StandardCharsets.UTF_8)));
        FormEntryModel model = new FormEntryModel(def);
        FormEntryController controller = new FormEntryController(model);
        def.initialize(true, new InstanceInitializationFactory());
        hidden(def, answers);
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event;
        while ((event = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            TreeReference ref = model.getFormIndex().getReference();
            if (event == FormEntryController.EVENT_REPEAT && !wanted(path(ref), answers)) {
                controller.jumpToIndex(def.deleteRepeat(model.getFormIndex()));
                if (model.getEvent(model.getFormIndex()) == FormEntryController.EVENT_END_OF_FORM) break;
                continue;
            }
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT && wanted(path(ref), answers)) {
                controller.newRepeat();
                hidden(def, answers);
                continue;
            }
            if (event != FormEntryController.EVENT_QUESTION) continue;
            String value = answers.get(path(ref));
            if (value == null) continue;
            TreeElement node = def.getMainInstance().resolveReference(ref);
            IAnswerData data = XFormAnswerDataParser.getAnswerData(value, node.getDataType(), model.getQuestionPrompt().getQuestion());
            controller.answerQuestion(model.getFormIndex(), data, true);
        }
        def.postProcessInstance();
        TreeElement meta = def.getMainInstance().getRoot().getFirstChild("meta");
        if (meta != null && meta.getFirstChild("instanceID") != null)
            meta.getFirstChild("instanceID").setAnswer(new StringData("uuid:00000000-0000-4000-8000-000000000001"));
        return new XFormSerializingVisitor().serializeInstance(def.getMainInstance());
    }

    /** Sets answers of nodes nobody is asked. */
    static void hidden(FormDef def, Map<String, String> answers) {
        for (Map.Entry<String, String> answer : answers.entrySet()) {
            TreeReference ref = TreeReference.rootRef();
            ref.add(def.getMainInstance().getRoot().getName(), 0);
            for (String step : answer.getKey().split("/")) {
                int at = step.indexOf('[');
                int n = at < 0 ? 0 : Integer.parseInt(step.substring(at + 1, step.length() - 1)) - 1;
                ref.add(at < 0 ? step : step.substring(0, at), n);
            }
            TreeElement node = def.getMainInstance().resolveReference(ref);
            if (node != null && node.isLeaf() && !answer.getValue().isEmpty() && node.getValue() == null && node.getDataType() != Constants.DATATYPE_CHOICE
                && !(node.getDataType() == Constants.DATATYPE_MULTIPLE_ITEMS))
                def.setValue(XFormAnswerDataParser.getAnswerData(answer.getValue(), node.getDataType(), null), ref, true);
        }
    }

    static boolean wanted(String path, Map<String, String> answers) {
        for (String key : answers.keySet()) if (key.startsWith(path + "/")) return true;
        return false;
    }

    static String path(TreeReference ref) {
        StringBuilder out = new StringBuilder();
        for (int i = 1; i < ref.size(); i++) {
            if (i > 1) out.append('/');
            out.append(ref.getName(i));
            if (ref.getMultiplicity(i) > 0) out.append('[').append(ref.getMultiplicity(i) + 1).append(']');
        }
        return out.toString();
    }
}
