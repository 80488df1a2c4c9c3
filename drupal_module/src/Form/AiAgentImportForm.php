<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\Ui\AiAgentView;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * Makes a background agent of an AI agent, and says before what it will be.
 *
 * @internal
 */
final class AiAgentImportForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly AiAgents $aiAgents,
    private readonly AiAgentImport $import,
    private readonly AiAgentView $view,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_import_ai_agent';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, string $ai_agent = ''): array {
    $agent = $this->aiAgents->load($ai_agent) ?? throw new NotFoundHttpException();
    $form_state->set('ai_agent', $ai_agent);
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['verdict'] = ['#markup' => '<p>' . $this->view->verdict($agent) . '</p>'];
    $form['parts'] = $this->view->parts($agent);
    $form['how'] = $this->how($agent);
    $form['id'] = [
      '#title' => $this->t('Machine name'),
      '#default_value' => $this->import->freeId($agent),
    ] + AgentId::element();
    $form['id']['#machine_name']['standalone'] = TRUE;
    $form['model'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Model'),
      '#description' => $this->t('As <em>provider:model</em>, such as %example. The sidecar keeps the key of the provider; what the module AI knows of it is not used.', ['%example' => 'anthropic:claude-sonnet-5-5']),
      '#default_value' => $this->import->defaultModel(),
      '#required' => TRUE,
      '#maxlength' => 255,
    ];
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Import, not active'), '#button_type' => 'primary'],
    ];
    return $form;
  }

  /**
   * Whether the new agent is a copy, or stays the AI agent.
   */
  private function how(MappedAgent $agent): array {
    return [
      '#type' => 'radios',
      '#title' => $this->t('The background agent'),
      '#options' => ['copy' => $this->t('is a copy'), 'stay' => $this->t('is the AI agent')],
      '#default_value' => 'copy',
      'copy' => ['#description' => $this->t('System prompt, tools and output schema are copied, and are its own from then on.')],
      'stay' => [
        '#description' => $agent->isWhole()
          ? $this->t('System prompt, tools and output schema are read from the AI agent for each run. Whoever changes it changes both.')
          : $this->t('System prompt, tools and output schema are read from the AI agent for each run. It cannot be made active before the parts that are missing are taken out of the AI agent.'),
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $model = trim((string) $form_state->getValue('model'));
    if ($model !== '' && !AiAgentImport::isModel($model)) {
      $form_state->setErrorByName('model', $this->t('Name a model as <em>provider:model</em>, such as %example. "@given" has no provider.', [
        '%example' => 'anthropic:claude-sonnet-5-5',
        '@given' => $model,
      ]));
    }
    if ($this->aiAgents->load((string) $form_state->get('ai_agent')) === NULL) {
      $form_state->setErrorByName('', $this->t('The AI agent was deleted in the meantime.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $from = $this->aiAgents->load((string) $form_state->get('ai_agent'));
    assert($from !== NULL);
    $agent = $this->import->make($from, (string) $form_state->getValue('id'), trim((string) $form_state->getValue('model')), $form_state->getValue('how') === 'stay');
    $this->messenger()->addStatus($this->t('The agent %label has been made of the AI agent. It is not active yet: choose its content and its account.', ['%label' => $agent->label()]));
    $form_state->setRedirectUrl($agent->toUrl('edit-form'));
  }

}
