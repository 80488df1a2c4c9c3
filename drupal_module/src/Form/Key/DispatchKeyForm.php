<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Key;

use Drupal\background_agents\Agent\DispatchableAgents;
use Drupal\background_agents\Form\PageKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\background_agents\Ui\DoorList;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Drupal\user\UserInterface;

/**
 * Makes a dispatch key, which is shown once, or changes what one is for.
 *
 * @internal
 */
final class DispatchKeyForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  private const int DAY = 86400;

  private const string KEEP = 'keep';

  private const string NEVER = 'never';

  /**
   * The key that was made; it is not kept beyond this request.
   */
  private ?DispatchKeyToken $made = NULL;

  public function __construct(
    private readonly KeyStore $keys,
    private readonly PersonKeys $personKeys,
    private readonly DispatchableAgents $agents,
    private readonly DateFormatterInterface $dates,
    private readonly TimeInterface $time,
    private readonly DoorList $doors,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_dispatch_key';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?UserInterface $user = NULL, string $dispatch_key = ''): array {
    assert($user instanceof UserInterface);
    $form['#cache']['max-age'] = 0;
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['#attached']['http_header'][] = ['Cache-Control', 'no-store'];
    $form_state->set('uid', (int) $user->id())->set('id', $dispatch_key);
    if ($this->made !== NULL) {
      return $form + $this->once($this->made, $user);
    }
    $key = $dispatch_key === '' ? NULL : $this->keys->load($dispatch_key);
    $form['name'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Name'),
      '#description' => $this->t('Which program has it, and where, such as "Claude on my laptop". Runs that it asks for tell this name.'),
      '#maxlength' => 64,
      '#required' => TRUE,
      '#default_value' => $key?->name,
    ];
    $form += $this->agentsPart($key) + $this->lacking();
    $form['expires'] = [
      '#type' => 'select',
      '#title' => $this->t('Expires'),
      '#options' => ($key === NULL ? [] : [self::KEEP => $this->t('As it is: @when', ['@when' => $key->expires === NULL ? $this->t('never') : $this->dates->format($key->expires, 'short')])]) + $this->periods(),
      '#default_value' => $key === NULL ? '90' : self::KEEP,
    ];
    $form['key'] = PageKey::element();
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => [
        '#type' => 'submit',
        '#value' => $key === NULL ? $this->t('Add key') : $this->t('Save'),
        '#button_type' => 'primary',
      ],
    ];
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    if (!$this->keys->isThere()) {
      $form_state->setErrorByName('', $this->t('The updates of this site have not been run since the module was updated. Ask an administrator to run them.'));
    }
    if (trim((string) $form_state->getValue('name')) === '') {
      $form_state->setErrorByName('name', $this->t('Give the key a name.'));
    }
    if ($form_state->getValue('for') === 'some' && self::chosen($form_state) === []) {
      $form_state->setErrorByName('agents', $this->t('Choose at least one agent.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $uid = (int) $form_state->get('uid');
    $name = trim((string) $form_state->getValue('name'));
    $agents = $form_state->getValue('for') === 'some' ? self::chosen($form_state) : NULL;
    $key = $this->keys->load((string) $form_state->get('id'));
    $expires = $this->expires((string) $form_state->getValue('expires'), $key);
    if ($key !== NULL) {
      $this->personKeys->change(new DispatchKey($key->id, $uid, $name, $agents, $key->created, $expires));
      $this->messenger()->addStatus($this->t('The key %name has been saved.', ['%name' => $name]));
      $form_state->setRedirect('background_agents.dispatch_keys', ['user' => $uid]);
      return;
    }
    $this->made = $this->personKeys->add($uid, PageKey::of($form_state), $name, $agents, $expires);
    if ($this->made === NULL) {
      $this->messenger()->addWarning($this->t('This key was made before, and is not shown again. If you did not copy it, revoke it and make another one.'));
      $form_state->setRedirect('background_agents.dispatch_keys', ['user' => $uid]);
      return;
    }
    // Shown by the answer to this request. Without a cache: it would keep the
    // form with the key.
    $form_state->disableCache()->setRebuild();
  }

  /**
   * For which agents the key is.
   */
  private function agentsPart(?DispatchKey $key): array {
    $options = [];
    foreach ($this->agents->all() as $agent) {
      $options[$agent->id()] = (string) $agent->label();
    }
    // One that its owner may not run now stays chosen.
    $options += array_combine($key->agents ?? [], $key->agents ?? []);
    return [
      'for' => [
        '#type' => 'radios',
        '#title' => $this->t('Agents'),
        '#description' => $this->t('The key dispatches these agents, and sees and steers your runs of them.'),
        '#options' => [
          'all' => $this->t('All that I may run, also later'),
          'some' => $this->t('Only those that I choose'),
        ],
        '#default_value' => $key === NULL || $key->agents !== NULL ? 'some' : 'all',
      ],
      'agents' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Agents that I choose'),
        '#description' => $options === [] ? $this->t('There is no active agent that you may run. Ask an administrator for the permission to run one.') : NULL,
        '#options' => $options,
        '#default_value' => $key->agents ?? [],
        '#states' => ['visible' => [':input[name="for"]' => ['value' => 'some']]],
      ],
    ];
  }

  /**
   * What a program of the owner could not do, for want of a permission.
   */
  private function lacking(): array {
    $may = fn (string $verb): bool => array_filter([
      "$verb own background agent runs",
      "$verb any background agent run",
      'administer background agents',
    ], $this->currentUser()->hasPermission(...)) !== [];
    $sentences = array_filter([
      $may('view') ? NULL : $this->t('A program with this key starts runs, and cannot see what becomes of them: you lack the permission "View own runs of background agents".'),
      $may('manage') ? NULL : $this->t('A program with this key cannot answer questions of runs, nor cancel, pause or retry them: you lack the permission "Manage own runs of background agents".'),
    ]);
    return array_map(static fn (TranslatableMarkup $sentence): array => [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['ba-note']],
      '#value' => $sentence,
    ], array_combine(array_map(static fn (int $number): string => "lacking_$number", array_keys($sentences)), $sentences));
  }

  /**
   * The key, for the one time that it can be seen.
   */
  private function once(DispatchKeyToken $token, UserInterface $user): array {
    return [
      'warning' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('The key is made. Copy it now, and keep it where only the program reads it: it is not shown again.'),
        '#attributes' => ['role' => 'status'],
      ],
      'token' => [
        '#type' => 'textfield',
        '#title' => $this->t('Key'),
        '#value' => $token->text(),
        '#size' => 64,
        '#maxlength' => NULL,
        '#attributes' => [
          'readonly' => 'readonly',
          'autocomplete' => 'off',
          'spellcheck' => 'false',
          'class' => ['ba-dispatch-key'],
        ],
      ],
      'doors' => $this->doors->build(),
      'back' => [
        '#type' => 'link',
        '#title' => $this->t('To the list of keys'),
        '#url' => Url::fromRoute('background_agents.dispatch_keys', ['user' => $user->id()]),
        '#attributes' => ['class' => ['button']],
      ],
    ];
  }

  /**
   * How long a key lasts.
   */
  private function periods(): array {
    $periods = [];
    foreach ([7, 30, 90, 365] as $days) {
      $periods[(string) $days] = $this->formatPlural($days, 'In a day', 'In @count days');
    }
    return $periods + [self::NEVER => $this->t('Never')];
  }

  private function expires(string $chosen, ?DispatchKey $key): ?int {
    return match ($chosen) {
      self::KEEP => $key?->expires,
      self::NEVER => NULL,
      default => $this->time->getCurrentTime() + (int) $chosen * self::DAY,
    };
  }

  private static function chosen(FormStateInterface $form_state): array {
    return array_values(array_map(strval(...), array_filter((array) $form_state->getValue('agents'))));
  }

}
