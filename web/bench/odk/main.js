// The smallest page that shows a form in ODK Web Forms, for the bench beside it.

import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";

const formXml = await (await fetch("form.xml")).text();
const submit = (payload, callback) => {
  document.body.dataset.sent = payload?.status ?? "sent";
  callback?.({ next: null });
};
createApp({ render: () => h(OdkWebForm, { formXml, fetchFormAttachment: () => Promise.reject(new Error("none")), onSubmit: submit }) })
  .use(webFormsPlugin)
  .mount("#app");
