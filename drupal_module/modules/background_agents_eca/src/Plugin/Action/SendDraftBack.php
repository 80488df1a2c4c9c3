<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents_eca\DispatchInput;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Action\Attribute\Action;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaAction;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Sends a draft back to its agent, with remarks.
 *
 * @internal
 */
#[Action(
  id: 'background_agents_send_back',
  label: new TranslatableMarkup('Background agent: send draft back'),
)]
#[EcaAction(
  description: new TranslatableMarkup('Sends a draft that waits back to its agent, which works on it again with the remarks. The account that the model acts as has to be allowed to review the draft.'),
  version_introduced: '1.0.0',
)]
class SendDraftBack extends DecideActionBase {

  /**
   * Sends drafts back.
   */
  protected SendBack $sendBack;

  /**
   * Reads the remarks on fields.
   */
  protected DispatchInput $input;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->sendBack = $container->get(SendBack::class);
    $instance->input = $container->get(DispatchInput::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['draft' => 'entity', 'remark' => '', 'fields' => ''] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['draft'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Token of the draft'),
      '#description' => $this->t('A token of the content: its newest draft that waits, in the language of the token. In models that start with "run finished" that is <em>entity</em>. Or the UUID of a draft, from <em>change:uuid</em>. While an agent saves its draft nothing can be sent back.'),
      '#default_value' => $this->configuration['draft'],
      '#required' => TRUE,
      '#weight' => -30,
      '#eca_token_reference' => TRUE,
    ];
    $form['remark'] = [
      '#type' => 'textarea',
      '#title' => $this->t('Remark on the whole'),
      '#default_value' => $this->configuration['remark'],
      '#weight' => -20,
      '#eca_token_replacement' => TRUE,
    ];
    $form['fields'] = [
      '#type' => 'textarea',
      '#title' => $this->t('Remarks on single fields'),
      '#description' => $this->t('As YAML or JSON: names of fields with remarks, such as <em>title: "Shorter than 60 characters."</em>.'),
      '#default_value' => $this->configuration['fields'],
      '#weight' => -10,
      '#eca_token_replacement' => TRUE,
    ];
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function validateConfigurationForm(array &$form, FormStateInterface $form_state): void {
    parent::validateConfigurationForm($form, $form_state);
    try {
      $this->input->parse((string) $form_state->getValue('fields'));
    }
    catch (\InvalidArgumentException $exception) {
      $form_state->setErrorByName('fields', $this->t('@text', ['@text' => $exception->getMessage()]));
    }
  }

  /**
   * {@inheritdoc}
   */
  protected function mayDecide(AccountInterface $account): AccessResultInterface {
    return $this->draft()?->access('review', $account, TRUE) ?? AccessResult::forbidden('There is no draft that waits.');
  }

  /**
   * {@inheritdoc}
   */
  protected function decide(): void {
    $draft = $this->draft();
    $run = $draft?->getRun();
    if (!$draft instanceof Change || !$run instanceof Run) {
      throw new \InvalidArgumentException('There is no draft that waits.');
    }
    $fields = [];
    foreach (get_object_vars($this->input->read((string) $this->configuration['fields'])) as $name => $text) {
      if (!is_scalar($text)) {
        throw new \InvalidArgumentException("The remark on \"$name\" has to be a text.");
      }
      $fields[$name] = (string) $text;
    }
    $this->sendBack->send($run, Remarks::on($draft, $this->text('remark'), $fields));
  }

  /**
   * {@inheritdoc}
   */
  protected function runUuid(): string {
    return (string) $this->draft()?->getRun()?->uuid();
  }

  private function draft(): ?Change {
    return $this->runTokens->findDraft($this->named('draft'));
  }

}
