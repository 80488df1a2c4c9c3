<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What the agent may do with what content, and how far it may go.
 *
 * @internal
 */
final class ContentPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public function __construct(
    private readonly ContentTypes $contentTypes,
    private readonly LanguageManagerInterface $languageManager,
    private readonly Workflows $workflows,
    private readonly ContentTable $table,
    private readonly ToolsPart $tools,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $binding = $agent->getBinding();
    return [
      '#title' => $this->t('Content'),
      '#weight' => 20,
      'table' => $this->table->build($agent, $form_state),
      'check' => $this->checkButton(),
      'tools' => $this->tools->build($agent),
      'langcodes' => $this->languages($binding['langcodes']),
      'may_write_unmoderated' => [
        '#type' => 'checkbox',
        '#title' => $this->t('May write content without moderation'),
        '#description' => $this->t('Such changes are live at once; there is no draft that an editor could look at. Leave this off unless you are sure.'),
        '#default_value' => $binding['may_write_unmoderated'],
      ],
      'may_publish' => [
        '#type' => 'checkbox',
        '#title' => $this->t('May publish'),
        '#description' => $this->t('Publishing is normally the act of a person. The role of the agent also needs the permission for a transition to a published state; without it this has no effect.'),
        '#default_value' => $binding['may_publish'],
      ],
    ];
  }

  /**
   * Asks again, without saving: a script presses it when a row changes.
   *
   * Not the checkboxes themselves: while such an element waits for its answer
   * it is disabled, and a form that is saved then loses its value.
   */
  private function checkButton(): array {
    return [
      '#type' => 'submit',
      '#name' => 'background_agents_check',
      '#value' => $this->t('Check what it can do'),
      '#limit_validation_errors' => [],
      '#submit' => [[self::class, 'rebuild']],
      '#ajax' => [
        'callback' => [self::class, 'refresh'],
        'disable-refocus' => TRUE,
        'progress' => ['type' => 'none'],
      ],
      '#attributes' => ['class' => ['ba-check']],
      '#attached' => ['library' => ['background_agents/agent_form']],
    ];
  }

  /**
   * Submit handler: shows the form again, as it was filled in.
   */
  public static function rebuild(array &$form, FormStateInterface $form_state): void {
    $form_state->setRebuild();
  }

  /**
   * Ajax callback: what the rows say now.
   */
  public static function refresh(array &$form, FormStateInterface $form_state): AjaxResponse {
    return ContentTable::answer($form['content']['table']);
  }

  /**
   * The languages that it may write.
   */
  private function languages(array $chosen): array {
    $options = [];
    foreach ($this->languageManager->getLanguages() as $language) {
      $options[$language->getId()] = $language->getName();
    }
    return [
      '#type' => 'checkboxes',
      '#title' => $this->t('Languages it may write'),
      '#description' => $this->t('They hold for each row of the table. None checked: all.'),
      '#options' => $options,
      '#default_value' => array_intersect($chosen, array_keys($options)),
      '#access' => count($options) > 1,
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('content');
    if (!empty($values['may_write_unmoderated'])) {
      return;
    }
    foreach ($this->contentTypes->bundles() as $bundle) {
      $key = $bundle['entity_type'] . ':' . $bundle['bundle'];
      $written = array_filter(['create', 'revise'], static fn (string $operation): bool => !empty($values['table'][$key][$operation]));
      if ($bundle['workflow'] === NULL && $written !== [] && empty($values['table'][$key]['moderation'])) {
        $form_state->setError($form['table'][$key][reset($written)], $this->withoutModeration($bundle));
      }
    }
  }

  /**
   * Why content without moderation cannot be written, and each way out.
   */
  private function withoutModeration(array $bundle): mixed {
    [$url, $advice] = $this->workflows->advice();
    $text = match (TRUE) {
      $this->workflows->offered($bundle['entity_type']) !== [] => $this->t('%label has no moderation, so there are no drafts of it. Choose a workflow for it in the table, <a href=":url">@advice</a>, take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        ':url' => $url,
        '@advice' => $advice,
      ]),
      $url !== '' => $this->t('%label has no moderation, so there are no drafts of it. <a href=":url">@advice</a>, take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        ':url' => $url,
        '@advice' => $advice,
      ]),
      default => $this->t('%label has no moderation, so there are no drafts of it. @advice Or take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        '@advice' => $advice,
      ]),
    };
    return $text;
  }

  /**
   * Brings content under the workflows that were chosen in the table.
   *
   * @return array<int, mixed>
   *   What was done, in sentences.
   */
  public function moderate(FormStateInterface $form_state): array {
    $told = [];
    foreach ((array) ($form_state->getValue(['content', 'table']) ?: []) as $key => $row) {
      if (!empty($row['moderation'])) {
        [$entity_type, $bundle] = explode(':', (string) $key, 2);
        $workflow = $this->workflows->add($row['moderation'], $entity_type, $bundle);
        $told[] = $this->t('%type is moderated by the workflow %workflow now.', [
          '%type' => $this->contentTypes->bundleLabels($entity_type)[$bundle] ?? $bundle,
          '%workflow' => $workflow->label(),
        ]);
      }
    }
    return $told;
  }

  /**
   * Fills in what is found out about the agent as the form describes it.
   *
   * @param array<string, mixed> $form
   *   This part of the form.
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent with the values of the form.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   */
  public function check(array &$form, Agent $agent, FormStateInterface $form_state): void {
    $this->table->check($form['table'], $agent, (array) ($form_state->getUserInput()['content']['table'] ?? []));
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('content');
    [$content, $fields] = $this->table->read($agent, (array) ($values['table'] ?: []));
    $this->tools->apply($agent, $content, (array) ($values['tools'] ?? []));
    $agent->set('binding', [
      'content' => $content,
      'fields' => $fields,
      'langcodes' => array_values(array_filter((array) ($values['langcodes'] ?? []))),
      'may_publish' => (bool) $values['may_publish'],
      'may_write_unmoderated' => (bool) $values['may_write_unmoderated'],
    ] + $agent->getBinding());
  }

}
